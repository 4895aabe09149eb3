import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { type Format, type Recording, type SourceFile, UnreadableRecording } from '../import/recorded-session.js';
import { readEventLog } from './achilles.js';
import { readTranscript } from './claude-code.js';
import { detectFormat, SAMPLE_BYTES } from './detect-format.js';
import { readTrajectory } from './swe-agent.js';
import { objectOf, textOf } from './untrusted-json.js';

/**
 * Opens a recording in the given format, or in the one that its content shows.
 * @throws UnreadableRecording with the reason, for a file that cannot be imported at all.
 */
export async function openRecording(path: string, format: Format | 'auto'): Promise<Recording> {
  try {
    const { source, sample } = await inspect(path);
    const detected = format === 'auto' ? detectFormat(path, sample) : format;
    if (detected === undefined) throw new UnreadableRecording('is of no known format (see --format)');
    return await read(source, detected);
  } catch (error) {
    throw error instanceof UnreadableRecording ? error : new UnreadableRecording(systemReason(error), error);
  }
}

function read(source: SourceFile, format: Format): Promise<Recording> {
  switch (format) {
    case 'swe-agent':
      return readTrajectoryFile(source);
    case 'claude-code':
      return readTranscript(source);
    case 'achilles':
      return readEventLog(source);
    default:
      return format satisfies never;
  }
}

async function inspect(path: string): Promise<{ source: SourceFile; sample: string }> {
  await using file = await open(path);
  const { size, mtimeMs } = await file.stat();
  const { bytesRead, buffer } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
  const sample = buffer.toString('utf8', 0, bytesRead);
  if (sample.trim() === '') throw new UnreadableRecording('is empty');
  return { source: { path, bytes: size, modifiedMs: mtimeMs }, sample };
}

async function readTrajectoryFile({ path, modifiedMs }: SourceFile): Promise<Recording> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const session = readTrajectory({ path, text: bytes.toString('utf8'), sha256, modifiedMs });
  return { file: path, format: 'swe-agent', sha256, sessions: [session], faults: [], skipped: {} };
}

/** Only what the file system says is the file's fault; anything else is ours, and surfaces as it is. */
function systemReason(error: unknown): string {
  const code = textOf(objectOf(error)?.['code']);
  switch (code) {
    case 'ENOENT':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read (permission denied)';
    case 'EISDIR':
      return 'is a directory';
    case undefined:
      throw error;
    default:
      return `cannot be read (${code})`;
  }
}
