import { type Command, Option } from 'commander';
import type { Terminal } from '../terminal.js';
import type { Desk } from './desk.js';
import type { ToolOptions } from './given-tool.js';
import { runCommand, type RunOptions } from './run.command.js';
import { JSON_OPTION, revisionOption, withEngine, withTool, counted } from './tool-options.js';
import { type GetOptions, type Seen, type Shape, ToolsCommands } from './tools.commands.js';
import { ToolsClient, type ToolsOptions } from './tools-client.js';
import { versionCommands } from './versions.program.js';

export type Connection = Pick<ToolsOptions, 'url' | 'token' | 'adminToken'>;

interface Context {
  readonly version: string;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  /** Adds what says where the gateway is. */
  readonly connected: (command: Command) => Command;
  readonly desk: Desk | undefined;
}

/** Of `edit`: with any other option nothing is opened. */
const ABOUT_THE_CALL = new Set(['url', 'token', 'adminToken', 'json', 'revision']);

/** `achilles tools …`: tools that are made while the gateway is up. */
export function toolCommands(tools: Command, { version, terminal, exit, connected, desk }: Context): void {
  tools.description('Make, change and run dynamic tools.');
  const client = (connection: Connection) => new ToolsClient({ ...connection, version });
  const at = (connection: Connection) => new ToolsCommands(client(connection), terminal, desk);
  const command = (name: string, about: string) =>
    connected(tools.command(name))
      .addOption(
        new Option('--admin-token <token>', 'MCP_ADMIN_TOKEN, where the token has no scope tools:admin').env(
          'ACHILLES_ADMIN_TOKEN',
        ),
      )
      .option(...JSON_OPTION)
      .description(about);

  command('list', 'Show all of them.').action(async (options: Connection & Shape) =>
    exit(await at(options).list(options)),
  );

  command('get', 'Show one: what it is, and with --code its code.')
    .argument('<name>')
    .option('--code', 'print the code, nothing else')
    .addOption(new Option('--at <version>', 'as it was at this version').argParser(counted))
    .action(async (name: string, options: Connection & GetOptions) => exit(await at(options).get(name, options)));

  withTool(command('create', 'Make one. It can be called at once, unless changes are approved first.'))
    .argument('<name>', '3–64 letters, digits and ._:-')
    .option('--disabled', 'keep it, and let nobody call it yet')
    .action(async (name: string, options: Connection & ToolOptions & Shape) =>
      exit(await at(options).create(name, options)),
    );

  withTool(command('edit', 'Change one: its code in your editor ($EDITOR), or whatever the options say.'))
    .argument('<name>')
    .addOption(revisionOption())
    .action(async (name: string, options: Connection & ToolOptions & Seen & Shape) => {
      const isSaid = Object.keys(options).some((option) => !ABOUT_THE_CALL.has(option));
      exit(await (isSaid ? at(options).change(name, options) : at(options).edit(name, options)));
    });

  const words = { enable: 'Let it be called again.', disable: 'Keep it, and let nobody call it.' };
  for (const [word, about] of Object.entries(words) as [keyof typeof words, string][]) {
    command(word, about)
      .argument('<name>')
      .addOption(revisionOption())
      .action(async (name: string, options: Connection & Seen & Shape) =>
        exit(await at(options).turn(name, word, options)),
      );
  }

  command('delete', 'Delete one. Its versions are kept.')
    .argument('<name>')
    .addOption(revisionOption())
    .action(async (name: string, options: Connection & Seen) => exit(await at(options).remove(name, options)));

  withEngine(command('run', 'Call one, or run code that is kept nowhere. Ends with 1 when it fails.'))
    .argument('[name]')
    .option('--args <json>', 'the arguments (default: {})')
    .option('--code-file <file>', 'code to run; - for standard input')
    .action(async (name: string | undefined, options: Connection & RunOptions) => {
      const { url, token, adminToken, ...rest } = options;
      exit(await runCommand(client({ url, token, adminToken }), name, rest, terminal, desk));
    });

  versionCommands(command, { client, terminal, exit });
}
