import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs deploy/verify.sh as an operator does: what it said, and its exit code. */
export async function verify(...words: string[]): Promise<{ code: number; said: string }> {
  const child = spawn('sh', ['deploy/verify.sh', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}
