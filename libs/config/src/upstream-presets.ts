import { brightdata } from './brightdata-preset.js';
import { environment, folders, line, npx, type PresetEntry, takeOut } from './preset-entry.js';

/**
 * Upstreams that are known by name: what an operator writes beside `preset` becomes an entry of its kind. Whatever is
 * said there that a preset says too, counts; `command` and `args` stand in place of npx.
 * @throws Error with the fault, which begins with the member's name
 */
export const PRESETS: Readonly<Record<string, (own: PresetEntry) => PresetEntry>> = {
  brightdata,

  /** Files below `roots`, on this machine. */
  filesystem: (own) => {
    const { taken, rest } = takeOut(own, ['roots']);
    return npx('@modelcontextprotocol/server-filesystem@2026.8.31', rest, { more: folders('roots', taken['roots']) });
  },

  /** A graph of what agents want to remember, in `file`. */
  memory: (own) => {
    const { taken, rest } = takeOut(own, ['file']);
    const file = line('file', taken['file']);
    if (file === undefined) throw new Error('file is required: where it remembers things');
    // It reads, changes and writes the whole file for each call, and nothing keeps two calls apart.
    return npx('@modelcontextprotocol/server-memory@2026.8.31', environment(rest, { MEMORY_FILE_PATH: file }), {
      terms: { concurrency: 1 },
    });
  },

  everything: (own) => npx('@modelcontextprotocol/server-everything@2026.8.31', own),

  /** It counts thoughts in the process: of one principal, then. */
  'sequential-thinking': (own) =>
    npx('@modelcontextprotocol/server-sequential-thinking@2026.8.31', own, {
      terms: { sessions: 'principal', idle_seconds: 600 },
    }),
};
