import type { PromptAnswer, PromptDefinition, PromptProvider, SourceRequest } from '#gateway/tools/tool-source.js';
import type { InputRequired } from '#gateway/tools/tool.js';
import { InvalidArguments, PromptNotFound } from '#gateway/tools/tools.errors.js';
import { PNG } from './media.js';
import { ask, elicit, responseTo } from './test-tool.js';

type Arguments = Readonly<Record<string, string>>;

interface TestPrompt {
  readonly definition: PromptDefinition;
  get(args: Arguments, request: SourceRequest): PromptAnswer | InputRequired;
}

const user = (content: object) => ({ role: 'user', content });
const said = (text: string) => user({ type: 'text', text });

function prompt(
  name: string,
  get: (args: Arguments, request: SourceRequest) => readonly object[] | InputRequired,
  names: readonly string[] = [],
): TestPrompt {
  const args = names.map((argument) => ({ name: argument, description: `The ${argument}`, required: true }));
  return {
    definition: { name, description: `A prompt for tests: ${name}`, ...(args.length > 0 && { arguments: args }) },
    get(given, request) {
      const faults = names
        .filter((argument) => given[argument] === undefined)
        .map((field) => ({ field, code: 'required', message: 'is missing' }));
      if (faults.length > 0) throw new InvalidArguments(faults);
      const answer = get(given, request);
      return 'resultType' in answer ? answer : { messages: answer as PromptAnswer['messages'] };
    },
  };
}

const PROMPTS: readonly TestPrompt[] = [
  prompt('test_simple_prompt', () => [said('This is a simple prompt for testing.')]),
  prompt(
    'test_prompt_with_arguments',
    ({ arg1, arg2 }) => [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    ['arg1', 'arg2'],
  ),
  prompt(
    'test_prompt_with_embedded_resource',
    ({ resourceUri }) => [
      user({
        type: 'resource',
        resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
      }),
      said('Please process the embedded resource above.'),
    ],
    ['resourceUri'],
  ),
  prompt('test_prompt_with_image', () => [
    user({ type: 'image', data: PNG, mimeType: 'image/png' }),
    said('Please analyze the image above.'),
  ]),
  prompt('test_input_required_result_prompt', (_args, request) => {
    const answer = responseTo(request, 'user_context')?.['content'] as { context?: string } | undefined;
    if (answer) return [said(`Use this context: ${answer.context}`)];
    const context = { context: { type: 'string' } };
    return ask(request, { user_context: elicit('What context should the prompt use?', context) });
  }),
];

const WORDS = ['paris', 'park', 'party', 'test', 'tested'];

/** Five prompts for everybody, and a sixth that comes and goes. */
export class TestPrompts implements PromptProvider {
  private more: readonly TestPrompt[] = [];

  /** Adds the sixth, or takes it away. */
  toggle(): void {
    this.more = this.more.length > 0 ? [] : [prompt('test_sometimes_a_prompt', () => [said('Now it is there.')])];
  }

  list(): readonly PromptDefinition[] {
    return [...PROMPTS, ...this.more].map(({ definition }) => definition);
  }

  async get(request: SourceRequest, name: string, args: Arguments): Promise<PromptAnswer | InputRequired> {
    const found = [...PROMPTS, ...this.more].find(({ definition }) => definition.name === name);
    if (!found) throw new PromptNotFound(name);
    return found.get(args, request);
  }

  async complete(_request: SourceRequest, { value }: { readonly value: string }): Promise<readonly string[]> {
    return WORDS.filter((word) => word.startsWith(value));
  }
}
