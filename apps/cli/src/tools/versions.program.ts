import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { counted, revisionOption } from './tool-options.js';
import type { Seen, Shape } from './tools.commands.js';
import type { Connection } from './tools.program.js';
import type { ToolsClient } from './tools-client.js';
import { VersionCommands } from './versions.commands.js';

interface Context {
  readonly client: (connection: Connection) => ToolsClient;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
}

/** `achilles tools history|diff|rollback|approve|grant|publish`. */
export function versionCommands(
  command: (name: string, about: string) => Command,
  { client, terminal, exit }: Context,
): void {
  const at = (connection: Connection) => new VersionCommands(client(connection), terminal);

  command('history', 'Show every version: who made it, when, and the hash of its code.')
    .argument('<name>')
    .action(async (name: string, options: Connection & Shape) => exit(await at(options).history(name, options)));

  command('diff', 'Show what differs between two versions, the last two unless you say which.')
    .argument('<name>')
    .argument('[from]', 'version', counted)
    .argument('[to]', 'version (default: the last)', counted)
    .action(async (name: string, from: number | undefined, to: number | undefined, options: Connection) =>
      exit(await at(options).diff(name, from, to)),
    );

  command('rollback', 'Make a new version that is like an old one; brings back a tool that was deleted.')
    .argument('<name>')
    .argument('<version>', 'as history shows it', counted)
    .addOption(revisionOption())
    .action(async (name: string, version: number, options: Connection & Seen & Shape) =>
      exit(await at(options).rollback(name, version, options)),
    );

  command('approve', 'Show what waits, and let it be called.')
    .argument('<name>')
    .addOption(revisionOption())
    .action(async (name: string, options: Connection & Seen & Shape) => exit(await at(options).approve(name, options)));

  command('grant', 'Show what it asks of the gateway, and grant it.')
    .argument('<name>')
    .option('--revoke', 'take it back')
    .addOption(revisionOption())
    .action(async (name: string, options: Connection & Seen & Shape & { revoke?: boolean }) =>
      exit(await at(options).grant(name, options)),
    );

  command('publish', 'Show it to every tenant.')
    .argument('<name>')
    .option('--withdraw', 'to its own tenant only')
    .addOption(revisionOption())
    .action(async (name: string, options: Connection & Seen & Shape & { withdraw?: boolean }) =>
      exit(await at(options).publish(name, options)),
    );
}
