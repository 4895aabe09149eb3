import type { InputRequest, Tool } from '#gateway/tools/tool.js';
import { ask, CAPABILITY, elicit, responseTo, sample, testTool, text } from './test-tool.js';

const DEFAULTS = {
  name: { type: 'string', description: 'User name', default: 'John Doe' },
  age: { type: 'integer', description: 'User age', default: 30 },
  score: { type: 'number', description: 'User score', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', description: 'Verification status', default: true },
};

const OPTIONS = ['option1', 'option2', 'option3'];
const TITLED = [
  { const: 'value1', title: 'First Option' },
  { const: 'value2', title: 'Second Option' },
  { const: 'value3', title: 'Third Option' },
];
const ENUMS = {
  untitledSingle: { type: 'string', enum: OPTIONS },
  titledSingle: { type: 'string', oneOf: TITLED },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: OPTIONS } },
  titledMulti: { type: 'array', items: { anyOf: TITLED } },
};

/** A tool that asks one thing, and says what it was answered. */
const asking = (name: string, description: string, request: InputRequest): Tool =>
  testTool(name, description, (call) => {
    const answer = responseTo(call, 'answer');
    if (!answer) return ask(call, { answer: request });
    return text(
      `Elicitation completed: action=${String(answer['action'])}, content=${JSON.stringify(answer['content'])}`,
    );
  });

/** Tools that need the client, as the older revisions' scenarios call them. */
export const askingTools: readonly Tool[] = [
  testTool(
    'test_sampling',
    'Asks the client’s model',
    (call) => {
      const answer = responseTo(call, 'answer');
      if (!answer) return ask(call, { answer: sample(String(call.arguments['prompt']), 100) });
      return text(`LLM response: ${String((answer['content'] as { text?: unknown } | undefined)?.text)}`);
    },
    ['prompt'],
  ),
  testTool(
    'test_elicitation',
    'Asks the user',
    (call) => {
      const answer = responseTo(call, 'answer');
      if (answer) return text(`User response: ${JSON.stringify(answer)}`);
      const properties = {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      };
      return ask(call, { answer: elicit(String(call.arguments['message']), properties) });
    },
    ['message'],
  ),
  asking('test_elicitation_sep1034_defaults', 'Asks with defaults', elicit('Check your details', DEFAULTS, [])),
  asking('test_elicitation_sep1330_enums', 'Asks with every kind of choice', elicit('Choose', ENUMS, [])),
  asking(
    'test_streaming_elicitation',
    'Asks the user, where a stream is read',
    elicit('Go on?', { ok: { type: 'boolean' } }),
  ),
  testTool('test_missing_capability', 'Needs a client that samples', (call) =>
    responseTo(call, 'answer') ? text('Sampled') : ask(call, { answer: sample('Say something', 10) }),
  ),
  testTool('test_input_required_result_capabilities', 'Asks for no more than the client can do', (call) => {
    if (call.channel.inputResponses) return text('Answered');
    const wanted: Record<string, InputRequest> = {
      user_name: elicit('What is your name?', { name: { type: 'string' } }),
      greeting: sample('Generate a greeting', 50),
      client_roots: { method: 'roots/list', params: {} },
    };
    const can = Object.entries(wanted).filter(
      ([, { method }]) => call.channel.capabilities[CAPABILITY[method]] !== undefined,
    );
    return can.length === 0 ? text('Nothing to ask') : ask(call, Object.fromEntries(can));
  }),
];
