import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Of one result, unpacked. */
export const MOST_KEPT_BYTES = 32 * 1_024 * 1_024;
const MOST_UNPACKED = MOST_KEPT_BYTES + 65_536;

/** A result as it can be read again. */
export interface KeptResult {
  /** The tool that answered it. */
  readonly tool: string;
  readonly mimeType: string;
  /** UTF-8 bytes that one answer may have: those of the tool. */
  readonly maxBytes: number;
  readonly text: string;
}

/** Quickly rather than small, and off this thread. */
export function packed({ text, ...about }: KeptResult): Promise<Buffer> {
  return pack(`${JSON.stringify(about)}\n${text}`, { level: constants.Z_BEST_SPEED });
}

export async function unpacked(kept: Buffer): Promise<KeptResult> {
  const all = (await unpack(kept, { maxOutputLength: MOST_UNPACKED })).toString();
  const end = all.indexOf('\n');
  return { ...(JSON.parse(all.slice(0, end)) as Omit<KeptResult, 'text'>), text: all.slice(end + 1) };
}
