import { extname } from 'node:path';
import type { Format } from '../import/recorded-session.js';
import { type Json, objectOf } from './untrusted-json.js';

/** How much of a file's beginning is looked at. */
export const SAMPLE_BYTES = 64 * 1024;

/** Tells a recording's format by what its beginning holds, then by its name; undefined when neither tells. */
export function detectFormat(name: string, sample: string): Format | undefined {
  const text = sample.replace(/^\uFEFF/, '').trimStart();
  for (const line of text.split('\n')) {
    const format = formatOf(parsedObject(line));
    if (format) return format;
  }
  // No line stands alone: JSON over several lines, or a first line that is longer than the sample.
  if (/\.traj(\.json)?$/.test(name) || /^\{[\s\S]*"trajectory"\s*:\s*\[/.test(text)) return 'swe-agent';
  if (extname(name) === '.json' || !text.startsWith('{')) return undefined;
  if (/"sessionId"\s*:\s*"/.test(text)) return 'claude-code';
  return /"event_type"\s*:\s*"/.test(text) ? 'achilles' : undefined;
}

function formatOf(value: Json | undefined): Format | undefined {
  if (!value) return undefined;
  if (Array.isArray(value['trajectory'])) return 'swe-agent';
  if (typeof value['event_type'] === 'string' || objectOf(value['session'])) return 'achilles';
  const isEntry = ['sessionId', 'uuid', 'leafUuid', 'messageId'].some((field) => typeof value[field] === 'string');
  return typeof value['type'] === 'string' && isEntry ? 'claude-code' : undefined;
}

function parsedObject(line: string): Json | undefined {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}
