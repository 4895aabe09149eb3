import type { Terminal } from '../src/terminal.js';

/** A terminal that keeps what was written to it. */
export function testTerminal(): Terminal & { out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  return {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    out: () => written.out,
    err: () => written.err,
  };
}
