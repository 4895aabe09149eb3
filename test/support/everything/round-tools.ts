import type { InputRequest, Tool, ToolCall } from '#gateway/tools/tool.js';
import { ask, elicit, responseTo, sample, testTool, text } from './test-tool.js';

const NAME = elicit('What is your name?', { name: { type: 'string' } });
const CONFIRM = elicit('Please confirm', { ok: { type: 'boolean' } });
const ROOTS: InputRequest = { method: 'roots/list', params: {} };

const contentOf = (call: ToolCall, key: string): Record<string, unknown> =>
  (responseTo(call, key)?.['content'] ?? {}) as Record<string, unknown>;

/** A tool that asks one thing and keeps a state over the round; its answer says whether the state came back. */
const keepingState = (name: string): Tool =>
  testTool(name, 'Keeps a state over a round', (call) => {
    if (!responseTo(call, 'confirm')) return ask(call, { confirm: CONFIRM }, 'asked to confirm');
    return text(call.channel.requestState === 'asked to confirm' ? 'state-ok' : 'the state is lost');
  });

/** Tools that take several rounds, as the scenarios of 2026-07-28 call them. */
export const roundTools: readonly Tool[] = [
  testTool('test_input_required_result_elicitation', 'Asks for a name', (call) =>
    responseTo(call, 'user_name')
      ? text(`Hello, ${String(contentOf(call, 'user_name')['name'])}!`)
      : ask(call, { user_name: NAME }),
  ),
  testTool('test_input_required_result_sampling', 'Asks a model', (call) => {
    const said = responseTo(call, 'capital_question');
    if (!said) return ask(call, { capital_question: sample('What is the capital of France?', 100) });
    return text(String((said['content'] as { text?: unknown } | undefined)?.text));
  }),
  testTool('test_input_required_result_list_roots', 'Asks for the roots', (call) => {
    const roots = responseTo(call, 'client_roots')?.['roots'];
    return Array.isArray(roots) ? text(`Roots: ${JSON.stringify(roots)}`) : ask(call, { client_roots: ROOTS });
  }),
  keepingState('test_input_required_result_request_state'),
  keepingState('test_input_required_result_tampered_state'),
  testTool('test_input_required_result_multiple_inputs', 'Asks three things at once', (call) => {
    const wanted = { user_name: NAME, greeting: sample('Generate a greeting', 50), client_roots: ROOTS };
    const missing = Object.keys(wanted).some((key) => !responseTo(call, key));
    return missing ? ask(call, wanted, 'three things') : text('All three were answered');
  }),
  testTool('test_input_required_result_multi_round', 'Asks one thing after the other', (call) => {
    const { requestState } = call.channel;
    if (requestState?.startsWith('second ') && responseTo(call, 'step2')) {
      const name = requestState.slice('second '.length);
      return text(`${name} likes ${String(contentOf(call, 'step2')['color'])}`);
    }
    if (requestState === 'first' && responseTo(call, 'step1')) {
      const step2 = elicit('Step 2: What is your favorite color?', { color: { type: 'string' } });
      return ask(call, { step2 }, `second ${String(contentOf(call, 'step1')['name'])}`);
    }
    return ask(call, { step1: elicit('Step 1: What is your name?', { name: { type: 'string' } }) }, 'first');
  }),
];
