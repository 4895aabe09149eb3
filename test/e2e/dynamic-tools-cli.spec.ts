import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProgram } from '../../apps/cli/src/program.js';
import { testTerminal } from '../../apps/cli/test/test-terminal.js';
import { DynamicStage } from '../support/dynamic-stage.js';
import { eventually } from '../support/embedded-stage.js';

let stage: DynamicStage;
beforeAll(async () => {
  stage = await DynamicStage.open({ DYNAMIC_TOOLS_REQUIRE_APPROVAL: 'true' });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The program as `main.ts` makes it, in this process, for somebody. @param typed what comes in on standard input */
async function achilles(sub: string, args: readonly string[], typed = '', editor = 'false') {
  const terminal = testTerminal();
  let code: number | undefined;
  const program = createProgram({
    version: '1.2.3',
    defaultUser: sub,
    terminal,
    exit: (given) => (code = given),
    desk: { stdin: Readable.from([typed]), editor },
  });
  const token = stage.token({ sub, scope: 'tools:admin tools:call tools:run tools:publish' });
  const failure = await program
    .parseAsync(['tools', ...args, '--token', token, '--url', stage.auth.gateway.url], { from: 'user' })
    .then(() => undefined)
    .catch((error: Error) => error.message);
  return { code, out: terminal.out(), err: terminal.err(), failure };
}

const ada = (args: string[], typed?: string, editor?: string) => achilles('ada', args, typed, editor);
const bob = (args: string[]) => achilles('bob', args);

describe('achilles tools', () => {
  it('takes a tool from its first line to every tenant, and back', async () => {
    expect((await ada(['list'])).out).toContain('There are no dynamic tools yet.');
    const schema = join(stage.auth.gateway.folder, 'schema.json');
    await writeFile(schema, '{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}');
    const create = ['create', 'slugify', '--description', 'Makes a slug.', '--code-file', '-', '--schema', schema];
    const first = 'return args.text.toLowerCase().replaceAll(" ", "-")';
    expect((await ada(create, first)).out).toBe('slugify is made, and waits for approval.\n');
    expect((await ada(['run', 'slugify', '--args', '{"text":""}'])).failure).toContain('404 tool_not_found');
    expect((await ada(['approve', 'slugify'])).failure).toContain('403 approved_by_author');
    expect((await bob(['approve', 'slugify'])).out).toMatch(/\+return args\.text[^]+slugify is approved: version 1/);
    const run = await bob(['run', 'slugify', '--args', '{"text":"Hello World"}']);
    expect([run.code, JSON.parse(run.out)]).toEqual([0, 'hello-world']);

    const script = join(stage.auth.gateway.folder, 'edit.sh');
    await writeFile(script, 'echo "return 2" > "$1"\n');
    expect((await ada(['edit', 'slugify'], '', `sh ${script}`)).out).toBe(
      'slugify is at version 2, which waits for approval.\n',
    );
    expect((await ada(['diff', 'slugify'])).out).toMatch(/-return args\.text.*\n\+return 2\n/);
    expect((await ada(['history', 'slugify'])).out).toMatch(/2\s+│ pending[^\n]+\n[^\n]+\n│ 1\s+│ live/);
    expect((await bob(['approve', 'slugify'])).code).toBe(0);
    expect((await ada(['rollback', 'slugify', '1'])).out).toContain('at version 3, which waits for approval.');
    expect((await bob(['approve', 'slugify'])).code).toBe(0);
    expect((await ada(['publish', 'slugify'])).out).toBe('slugify is published to every tenant.\n');
    expect((await ada(['publish', 'slugify', '--withdraw'])).code).toBe(0);
    expect((await ada(['disable', 'slugify'])).out).toBe('slugify is disabled.\n');
    expect((await ada(['delete', 'slugify', '--revision', '1'])).failure).toContain('409 dynamic_tool_changed');
    expect((await ada(['delete', 'slugify'])).code).toBe(0);
    expect((await ada(['get', 'slugify'])).failure).toContain('404 dynamic_tool_not_found');
    const verbs = ['create', 'approve', 'update', 'approve', 'rollback', 'approve', 'publish', 'withdraw', 'disable'];
    await eventually(async () => {
      const records = (await stage.records()).filter(({ event, tool }) => tool === 'slugify' && event !== 'tool.call');
      expect(records.map(({ event, reason }) => [event, reason])).toEqual(
        [...verbs, 'delete'].map((verb, i) => [`dynamic_tool.${verb}`, `revision ${i + 1}`]),
      );
    });
  });

  it('keeps what was written when somebody else was quicker', async () => {
    await ada(['create', 'contested', '--description', 'D.', '--code-file', '-'], 'return 1');
    const script = join(stage.auth.gateway.folder, 'slow.sh');
    // While the editor is open, somebody else changes the tool.
    const other = `curl -sf -X PATCH "$URL" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"title":"T"}' > /dev/null`;
    const url = `${stage.auth.gateway.url}/v1/dynamic-tools/contested`;
    await writeFile(script, `URL='${url}'\nTOKEN='${stage.token({ sub: 'bob' })}'\n${other}\necho mine > "$1"\n`);
    const { failure } = await ada(['edit', 'contested'], '', `sh ${script}`);
    expect(failure).toMatch(/^Somebody else has changed contested .* Your text is kept in \S+contested\.js$/);
  });

  it('runs code alone', async () => {
    const run = await ada(['run', '--code-file', '-', '--args', '[1,2]'], 'console.log("hi"); return args.length');
    expect(run).toMatchObject({ code: 0, out: '2\n', err: expect.stringContaining('hi') });
    expect(await ada(['run', '--code-file', '-'], 'throw new Error("no")')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^achilles: thrown: .*no/),
    });
  });

  it.each<[string[], RegExp]>([
    [
      ['create', 'dynamic.tool.x', '--description', 'D.', '--code-file', 'package.json'],
      /422 validation_failed: name /,
    ],
    [['create', 'abc', '--description', 'D.'], /422 validation_failed: code is required\./],
    [['get', 'nobody'], /404 dynamic_tool_not_found: There is no dynamic tool named "nobody"/],
    [['rollback', 'nobody', '1'], /404 dynamic_tool_not_found/],
  ])('fails in one sentence: %j', async (args, words) => {
    const { failure } = await ada(args);
    expect(failure).toMatch(words);
    expect(failure).not.toContain('\n');
  });
});
