import { Command, InvalidArgumentError, Option } from 'commander';
import { auditCommands } from './audit/audit.program.js';
import type { AuditSettings } from './audit/find-logs.js';
import { AchillesClient } from './client/achilles-client.js';
import { ExpectedFailure } from './expected-failure.js';
import { importCommand, type ImportOptions } from './import/import.command.js';
import { FORMATS } from './import/recorded-session.js';
import { insightsCommand } from './insights/insights.command.js';
import { type StdioContext, stdioCommand } from './stdio/stdio.command.js';
import type { Terminal } from './terminal.js';
import type { Desk } from './tools/desk.js';
import { toolCommands } from './tools/tools.program.js';
import { definitionCommands } from './upstreams/definitions.program.js';
import { upstreamCommands } from './upstreams/upstreams.program.js';

/** What the command line takes from the process that it runs in. */
export interface ProgramContext {
  readonly version: string;
  readonly defaultUser: string;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  /** The gateway's variables, where they are set here too. */
  readonly settings?: AuditSettings;
  /** Where a local MCP client is, for the one command that talks to one. */
  readonly stdio?: () => StdioContext;
  /** Where somebody types, for what reads standard input or opens an editor. */
  readonly desk?: Desk;
}

interface Connection {
  readonly url: URL;
  readonly token?: string;
}

/** Where `npm start` puts a gateway. */
export const USUAL_ADDRESS = new URL('http://127.0.0.1:8080');

const SWITCHED_OFF = { dryRun: false, resend: false, json: false, quiet: false };

const EXAMPLES = `
Examples:
  $ achilles import runs/django-11039.traj           one SWE-agent trajectory
  $ achilles import ~/.claude/projects --dry-run     count what a folder of Claude Code transcripts holds
  $ achilles import runs --workspace nightly --json  a folder, with a summary for a script
  $ achilles insights swe-agent:django-11039:9f86d081884c7d65
  $ achilles upstreams list                          the MCP servers behind the gateway, and how they do
  $ achilles upstreams diff weather                  what a server behind the gateway has changed
  $ achilles tools create slugify --description 'Makes a slug.' --code-file slugify.js
  $ achilles tools run slugify --args '{"text":"Hello"}'
  $ achilles audit verify logs                       prove that nobody has changed the audit log
  $ achilles stdio                                   serve a local MCP client; it starts this by itself
`;

/** The command line: what can be asked and how, nothing of what is done. */
export function createProgram(context: ProgramContext): Command {
  const { version, defaultUser, terminal, exit, settings = {}, stdio, desk } = context;
  const program = new Command('achilles')
    .description(
      'Import recorded agent sessions into an Achilles Gateway, read what it found in them, look after the servers behind it and its tools, and prove its records.',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .addHelpText('afterAll', EXAMPLES);
  const clientOf = (connection: Connection) => new AchillesClient({ ...connection, version });

  connected(program.command('import'))
    .description(
      'Play recorded agent sessions to the gateway. Safe to repeat: what is there already is not added again.',
    )
    .argument('<paths...>', 'files, and folders to search for .traj, .json, .jsonl and .ndjson')
    .option('--workspace <id>', 'workspace to import into (default: what the recording says, else "imports")')
    .option('--user <id>', 'user that the sessions belong to (default: what the recording says, else you)')
    .addOption(new Option('--format <format>', 'format of the files').choices(['auto', ...FORMATS]).default('auto'))
    .option('--batch-size <events>', 'most events per request; the gateway may want fewer', wholeNumber(1))
    .option('--dry-run', 'read and count, send nothing')
    .option('--resend', 'send also the events that the gateway has')
    .option('--json', 'print a summary for machines on stdout')
    .option('--quiet', 'print only what went wrong')
    .action(
      async (paths: string[], options: Connection & Omit<ImportOptions, 'defaultUser' | keyof typeof SWITCHED_OFF>) => {
        exit(await importCommand(clientOf(options), paths, { ...SWITCHED_OFF, ...options, defaultUser }, terminal));
      },
    );

  connected(program.command('insights'))
    .description('Show insights, errors and their causes for one session.')
    .argument('<session>', 'id or external key of the session')
    .option('--workspace <id>', 'workspace of the external key, where several have one like it')
    .option('--wait <seconds>', 'longest wait for processing to finish', wholeNumber(0), 10)
    .option('--json', 'print everything as one JSON object')
    .action(async (session: string, options: Connection & { workspace?: string; wait: number }) => {
      exit(
        await insightsCommand(
          clientOf(options),
          session,
          { ...SWITCHED_OFF, ...options, waitSeconds: options.wait },
          terminal,
        ),
      );
    });
  if (stdio) {
    reached(program.command('stdio'))
      .description('Bridge an MCP client on stdin and stdout to the gateway; start one where none runs.')
      .action(async (options: Partial<Connection>) => exit(await stdioCommand(options, stdio())));
  }
  const upstreams = program.command('upstreams');
  upstreamCommands(upstreams, { version, terminal, exit, connected });
  definitionCommands(upstreams, { version, terminal, exit, connected });
  toolCommands(program.command('tools'), { version, terminal, exit, connected, desk });
  auditCommands(program.command('audit'), { settings, terminal, exit, wholeNumber: wholeNumber(0) });
  return program;
}

const address = () => new Option('--url <url>', 'address of the gateway').env('ACHILLES_URL').argParser(httpUrl);

const connected = (command: Command): Command =>
  reached(command, address().default(USUAL_ADDRESS, USUAL_ADDRESS.origin));

const reached = (command: Command, url = address()): Command =>
  command
    .addOption(url)
    .addOption(
      new Option('--token <token>', 'bearer token, where the gateway asks for one')
        .env('ACHILLES_TOKEN')
        .argParser(bearerToken),
    );

function httpUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgumentError('It must start with http:// or https://.');
  return url;
}

/** Not an InvalidArgumentError: commander would print the secret with it. */
function bearerToken(value: string): string {
  if (!/^[!-~]*$/.test(value.trim())) throw new ExpectedFailure('The token must be one word of ASCII characters.');
  return value.trim();
}

const wholeNumber = (least: number) => (value: string) => {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least)
    throw new InvalidArgumentError(`It must be a whole number from ${least} up.`);
  return number;
};
