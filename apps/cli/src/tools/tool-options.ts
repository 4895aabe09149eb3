import { type Command, InvalidArgumentError, Option } from 'commander';

/** A whole number from 1 up. */
export function counted(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return number;
}

export const JSON_OPTION = ['--json', 'print what the gateway answers'] as const;

export const revisionOption = () =>
  new Option('--revision <number>', 'only if it is still at this revision, as get shows it').argParser(counted);

/** What code runs on. */
export const withEngine = (command: Command): Command =>
  command
    .addOption(
      new Option('--engine <engine>', 'wasm: plain JavaScript (the default); docker: Node.js in a container').choices([
        'wasm',
        'docker',
      ]),
    )
    .option('--image <image>', 'of the docker engine')
    .option('--dependency <name@version...>', 'npm packages, of the docker engine')
    .addOption(new Option('--timeout <ms>', 'most that one run may take').argParser(counted));

/** What a tool is made of. */
export const withTool = (command: Command): Command =>
  withEngine(
    command
      .option('--title <title>')
      .option('--description <text>', 'for the model: what it does, and when to use it')
      .option('--code-file <file>', 'the body of an async function of args; - for standard input')
      .option('--schema <file>', 'JSON Schema of its arguments'),
  )
    .addOption(new Option('--tier <tier>', 'lowest that sees it').choices(['bronze', 'silver', 'gold', 'enterprise']))
    .option('--scope <scope...>', 'callers need all of these to see it')
    .option('--fetch-host <host...>', 'asks for fetch, of these hosts')
    .option('--call-tool <tool...>', 'asks for callTool, of these tools')
    .option('--kv', 'asks for kv, values that it keeps');
