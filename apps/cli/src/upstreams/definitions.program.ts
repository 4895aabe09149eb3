import { InvalidArgumentError, Option, type Command } from 'commander';
import type { HttpOptions } from '../client/persistent-http.js';
import type { Terminal } from '../terminal.js';
import { type ApproveOptions, CLASSES, DefinitionCommands } from './definitions.commands.js';
import { DefinitionsClient } from './definitions-client.js';

type Connection = Pick<HttpOptions, 'url' | 'token'>;

interface Context {
  readonly version: string;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  /** Adds what says where the gateway is. */
  readonly connected: (command: Command) => Command;
}

const SEEN = () => new Option('--sha256 <hash>', 'only if this is what waits, as diff shows it').argParser(sha256);

/** `achilles upstreams diff|approve|reject`: what the servers behind a gateway say that their tools are. */
export function definitionCommands(upstreams: Command, { version, terminal, exit, connected }: Context): void {
  const at = (connection: Connection) =>
    new DefinitionCommands(new DefinitionsClient({ ...connection, version }), terminal);
  const command = (name: string, about: string) =>
    connected(upstreams.command(name)).description(about).argument('<upstream>');

  command('diff', 'Show what an upstream has changed since it was approved; of one tool, each difference.')
    .argument('[tool]')
    .option('--json', 'print what the gateway answers')
    .action(async (name: string, tool: string | undefined, options: Connection & { json?: boolean }) =>
      exit(await at(options).diff(name, tool, options)),
    );

  command('approve', 'Approve what one tool says now, or all that waits for some reasons.')
    .argument('[tool]')
    .addOption(new Option('--class <class...>', 'all that waits for no other reasons').choices(CLASSES))
    .addOption(new Option('--all', 'all that waits').conflicts('class'))
    .addOption(SEEN())
    .action(async (name: string, tool: string | undefined, options: Connection & ApproveOptions) =>
      exit(await at(options).approve(name, tool, options)),
    );

  command('reject', 'Refuse what one tool says now, until it says something else.')
    .argument('<tool>')
    .addOption(SEEN())
    .action(async (name: string, tool: string, options: Connection & ApproveOptions) =>
      exit(await at(options).reject(name, tool, options)),
    );
}

function sha256(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('It must be 64 hexadecimal digits.');
  return value;
}
