import { type Command, Option } from 'commander';
import { DECISIONS } from '#audit/audit-record.js';
import type { Terminal } from '../terminal.js';
import type { AuditSettings } from './find-logs.js';
import { searchCommand, type SearchOptions } from './search.command.js';
import { tailCommand } from './tail.command.js';
import { verifyCommand } from './verify.command.js';

interface Context {
  readonly settings: AuditSettings;
  readonly terminal: Terminal;
  readonly exit: (code: number) => void;
  readonly wholeNumber: (value: string) => number;
}

const WHERE = 'the log, or a folder of logs (default: AUDIT_FILE, else logs/audit.jsonl)';

/** `achilles audit …`: works on the files of the log, also while the gateway is away. */
export function auditCommands(audit: Command, { settings, terminal, exit, wholeNumber }: Context): void {
  audit.description("Read the gateway's audit log, and prove that nobody has changed it.");

  audit
    .command('verify')
    .description('Hold every record against the chain; names the first that was changed, cut, added or moved.')
    .argument('[path]', WHERE)
    .option('--key-file <file>', 'file with the key (default: AUDIT_HMAC_KEY, else audit.key in DATA_DIR)')
    .action(async (path: string | undefined, options: { keyFile?: string }) => {
      exit(await verifyCommand(path, options, settings, terminal));
    });

  audit
    .command('tail')
    .description('Show the last records.')
    .argument('[path]', WHERE)
    .option('-n, --lines <count>', 'how many', wholeNumber, 10)
    .option('-f, --follow', 'go on with those to come')
    .option('--json', 'print the records as they stand in the log')
    .action(async (path: string | undefined, options: { lines: number; follow?: boolean; json?: boolean }) => {
      exit(await tailCommand(path, { follow: false, json: false, ...options }, settings, terminal));
    });

  audit
    .command('search')
    .description('Show the records that fit; ends with 1 when none does.')
    .argument('[text]', 'words that stand in the record')
    .option('--file <path>', WHERE)
    .option('--request-id <id>', 'of this request')
    .option('--tenant <tenant>', 'of this tenant')
    .option('--tool <tool>', 'of this tool or operation')
    .addOption(new Option('--decision <decision>', 'that ended so').choices(DECISIONS))
    .option('--since <time>', 'from this time on, such as 2026-03-01T09:00:00Z')
    .option('--until <time>', 'up to this time')
    .option('--json', 'print the records as they stand in the log')
    .action(async (text: string | undefined, options: Omit<SearchOptions, 'json'> & { json?: boolean }) => {
      exit(await searchCommand(text, { json: false, ...options }, settings, terminal));
    });
}
