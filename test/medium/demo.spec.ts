import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

it('npm run demo calls all nine tools over MCP, and ends', async () => {
  const { stdout } = await run(process.execPath, ['dist/test/demo/demo.js'], { timeout: 80_000 });
  expect(stdout).toContain('MCP 2026-07-28');
  const called = [...stdout.matchAll(/^✓ (\w+) {2}\d+ ms$/gm)].map(([, name]) => name!);
  expect(called.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'agent_execute',
    'code_analyze',
    'code_pattern_audit',
    'graph_query',
    'hybrid_search',
    'llm_complete',
    'run_agent_function',
    'run_discussion',
    'semantic_search',
  ]);
  expect([...stdout.matchAll(/^✗ \w+/gm)]).toHaveLength(2);
  expect(stdout).toMatch(/CypherValidationError[\s\S]*max_steps must be ≤ 50[\s\S]*All as it should be\.\n$/);
});
