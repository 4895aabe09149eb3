import { describe, expect, it } from '@jest/globals';
import type { CommanderError } from 'commander';
import { FakeGateway } from '../test/fake-gateway.js';
import { testTerminal } from '../test/test-terminal.js';
import { createProgram } from './program.js';

async function run(...args: string[]) {
  const terminal = testTerminal();
  const codes: number[] = [];
  const program = createProgram({ version: '1.2.3', defaultUser: 'ada', terminal, exit: (code) => codes.push(code) });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: terminal.stdout.write, writeErr: terminal.stderr.write });
  }
  const stopped = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (error: CommanderError) => error.exitCode,
  );
  return { code: stopped ?? codes[0], out: terminal.out(), err: terminal.err() };
}

describe('achilles', () => {
  it('tells its version', async () => expect(await run('--version')).toMatchObject({ code: 0, out: '1.2.3\n' }));

  it.each([['--help'], ['import', '--help'], ['insights', '--help']])('helps with examples: %s', async (...args) => {
    const { code, out } = await run(...args);
    expect([code, out]).toEqual([0, expect.stringContaining('$ achilles import')]);
  });

  it.each([
    [['import', 'x', '--url', 'localhost:8080'], 'must start with http:// or https://'],
    [['import', 'x', '--batch-size', '0'], 'whole number from 1'],
    [['import', 'x', '--format', 'csv'], 'Allowed choices are auto, swe-agent'],
    [['import'], "missing required argument 'paths'"],
    [['insights', 'x', '--wait', 'long'], 'whole number from 0'],
    [['export'], "unknown command 'export'"],
  ])('refuses %j', async (args, words) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });

  it('does not repeat a token that it refuses', async () => {
    const program = createProgram({
      version: '1',
      defaultUser: 'ada',
      terminal: testTerminal(),
      exit: () => undefined,
    });
    const parsed = program.parseAsync(['import', 'x', '--token', 'sec\nret'], { from: 'user' });
    await expect(parsed).rejects.toThrow(/^The token must be one word of ASCII characters\.$/);
  });

  it('imports with what the command line says', async () => {
    await using gateway = await FakeGateway.start();
    const args = ['--url', gateway.url.href, '--token', 't', '--batch-size', '20'];
    const { code, out } = await run('import', 'test/fixtures/trajectories', ...args);
    expect([code, out]).toEqual([0, '6 sessions in 6 files: 206 events, 206 new\n']);
    expect([Math.max(...gateway.batchSizes), gateway.authorization]).toEqual([20, 'Bearer t']);
  });
});
