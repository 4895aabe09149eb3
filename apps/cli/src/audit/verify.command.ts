import { type Verdict, verify } from '#audit/verify.js';
import { plainText, type Terminal } from '../terminal.js';
import { type AuditSettings, filesOf, findKey, findLogs } from './find-logs.js';

/** `achilles audit verify`: 0 when every record is as it was written, 1 when one is not. */
export async function verifyCommand(
  path: string | undefined,
  { keyFile }: { readonly keyFile?: string },
  settings: AuditSettings,
  { stdout, stderr }: Terminal,
): Promise<number> {
  const key = findKey(keyFile, settings);
  let code = 0;
  for (const log of findLogs(path, settings)) {
    filesOf(log);
    const verdict = await verify(log, key);
    for (const line of verdict.news) stdout.write(`${log}: ${plainText(line)}\n`);
    if (verdict.fault === undefined) {
      stdout.write(`${log}: ${sumOf(verdict)}\n`);
    } else {
      code = 1;
      stderr.write(`${faultOf(verdict.fault)}\n`);
    }
  }
  return code;
}

function sumOf({ records, files, firstSeq, lastSeq }: Verdict): string {
  if (records === 0) return 'no records yet';
  return `records ${firstSeq} to ${lastSeq} in ${files} ${files === 1 ? 'file' : 'files'}: all as written, none missing`;
}

function faultOf({ file, line, seq, what }: NonNullable<Verdict['fault']>): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}${seq === undefined ? '' : ` (record ${seq})`}: ${plainText(what)}`;
}
