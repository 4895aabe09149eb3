import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLines } from '#audit/read-lines.js';
import type { Terminal } from '../terminal.js';
import { type AuditSettings, filesOf, findLogs } from './find-logs.js';
import { showRecord } from './show-record.js';

export interface TailOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly json: boolean;
  /** Ends following; a person ends it with Ctrl-C. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 200;
const CHUNK = 64 * 1024;

/** `achilles audit tail`: the last records, and with `--follow` those to come, also when the log goes on in a new file. */
export async function tailCommand(
  path: string | undefined,
  { lines, follow, json, signal }: TailOptions,
  settings: AuditSettings,
  { stdout }: Terminal,
): Promise<number> {
  const log = findLogs(path, settings)[0]!;
  const show = (line: string) => stdout.write(`${json ? line : showRecord(line)}\n`);
  const { last, offset } = await lastLines(log, lines);
  for (const line of last) show(line);
  if (follow) await followLog(log, offset, show, signal);
  return 0;
}

/** The last lines over all files, and how far the newest file was read. */
async function lastLines(log: string, count: number): Promise<{ last: string[]; offset: number }> {
  let last: string[] = [];
  let offset = 0;
  for (const file of filesOf(log).toReversed()) {
    const own: string[] = [];
    for await (const lines of readLines(file)) {
      for (const line of lines.filter(({ whole }) => whole)) {
        own.push(line.bytes.toString('utf8'));
        if (own.length > count) own.shift();
        if (file === log) offset = line.offset + line.bytes.length + 1;
      }
    }
    last = [...own, ...last];
    if (last.length >= count) break;
  }
  return { last: count === 0 ? [] : last.slice(-count), offset };
}

async function followLog(
  log: string,
  offset: number,
  show: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let handle = await open(log, 'r');
  let at = offset;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK);
  try {
    while (!signal?.aborted) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, at);
      if (bytesRead > 0) {
        at += bytesRead;
        rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
        for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
          show(rest.toString('utf8', 0, end));
          rest = rest.subarray(end + 1);
        }
        continue;
      }
      const [ours, there] = [await handle.stat(), await stat(log).catch(() => undefined)];
      if (there && there.ino !== ours.ino) {
        await handle.close();
        handle = await open(log, 'r');
        at = 0;
      } else {
        await sleep(POLL_MS);
      }
    }
  } finally {
    await handle.close();
  }
}
