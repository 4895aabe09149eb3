import { Option, type Command } from 'commander';
import type { HttpOptions } from '../client/persistent-http.js';
import type { Terminal } from '../terminal.js';
import { type AddOptions, type Shape, UpstreamsCommands } from './upstreams.commands.js';
import { UpstreamsClient } from './upstreams-client.js';
import type { EntryOptions } from './given-entry.js';

type Connection = Pick<HttpOptions, 'url' | 'token'>;

interface Context {
  readonly version: string;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  /** Adds what says where the gateway is. */
  readonly connected: (command: Command) => Command;
}

const JSON_OPTION = ['--json', 'print what the gateway answers'] as const;
const FILE_OPTION = ['--file <file>', 'an entry as in config/upstreams.yaml, YAML or JSON'] as const;

/** `achilles upstreams …`: the MCP servers behind a gateway. */
export function upstreamCommands(upstreams: Command, { version, terminal, exit, connected }: Context): void {
  upstreams.description('Look after the MCP servers behind the gateway.');
  const at = (connection: Connection) =>
    new UpstreamsCommands(new UpstreamsClient({ ...connection, version }), terminal);
  const command = (name: string, about: string) => connected(upstreams.command(name)).description(about);

  command('list', 'Show all of them, and how they do.')
    .option(...JSON_OPTION)
    .action(async (options: Connection & Shape) => exit(await at(options).list(options)));

  command('show', 'Show one: where it is, what it withholds, what went wrong last.')
    .argument('<name>')
    .option(...JSON_OPTION)
    .action(async (name: string, options: Connection & Shape) => exit(await at(options).show(name, options)));

  command('add', 'Add one, once it has been tried. Secrets stay in variables of the gateway: name them.')
    .argument('<name>', 'lower-case letters, digits and dashes')
    .argument('[address]', 'where it is; the gateway calls it')
    .addOption(new Option('--kind <kind>', 'how it is spoken to (default: http)').choices(['http', 'sse', 'openapi']))
    .option('--preset <preset>', 'one that is known by name, such as brightdata')
    .option('--document <address>', 'of an OpenAPI document, whose operations become tools')
    .option('--bearer-env <variable>', 'variable of the gateway that holds its bearer token: UPSTREAM_…')
    .option('--description <text>')
    .addOption(new Option('--tier <tier>', 'lowest that sees it').choices(['bronze', 'silver', 'gold', 'enterprise']))
    .option('--required', 'the gateway is degraded while it is away')
    .option(...FILE_OPTION)
    .option('--replace', 'take the place of the one of this name')
    .option('--no-test', 'do not try it first')
    .option(...JSON_OPTION)
    .action(async (name: string, address: string | undefined, options: Connection & AddOptions) =>
      exit(await at(options).add(name, address, options)),
    );

  command('remove', 'Take one away that was added here.')
    .argument('<name>')
    .action(async (name: string, options: Connection) => exit(await at(options).remove(name)));

  const words = { enable: 'Call it again.', disable: 'Keep it, and do not call it.', refresh: 'Read its lists now.' };
  for (const [word, about] of Object.entries(words) as [keyof typeof words, string][]) {
    command(word, about)
      .argument('<name>')
      .option(...JSON_OPTION)
      .action(async (name: string, options: Connection & Shape) => exit(await at(options).say(name, word, options)));
  }

  command('test', 'Connect to one and list its tools; ends with 1 when that fails. Nothing is kept.')
    .argument('[name]')
    .option(...FILE_OPTION)
    .option(...JSON_OPTION)
    .action(async (name: string | undefined, options: Connection & EntryOptions & Shape) =>
      exit(await at(options).test(name, options)),
    );
}
