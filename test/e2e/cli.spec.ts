import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImportReport } from '../../apps/cli/src/import/import-report.js';
import type { SessionFindings } from '../../apps/cli/src/insights/session-findings.js';
import { createProgram } from '../../apps/cli/src/program.js';
import { ScratchFolder } from '../../apps/cli/test/scratch-folder.js';
import { testTerminal } from '../../apps/cli/test/test-terminal.js';
import { Gateway } from '../support/boot-gateway.js';

const TRAJECTORIES = 'test/fixtures/trajectories';
const TRANSCRIPTS = 'test/fixtures/transcripts';
const CLAUDE_CODE = 'claude-code:3f0c2b6e-6f0a-4a1f-9a57-0f8f6f2f1c11';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The program as `main.ts` makes it, in this process. */
async function achilles(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const terminal = testTerminal();
  let code: number | undefined;
  const program = createProgram({ version: '1.2.3', defaultUser: 'ada', terminal, exit: (given) => (code = given) });
  await program.parseAsync([...args, '--url', gateway.url], { from: 'user' });
  return { code, out: terminal.out(), err: terminal.err() };
}

async function imported(...args: string[]) {
  const { code, out } = await achilles('import', ...args, '--json');
  const report = JSON.parse(out) as ImportReport;
  return { code, totals: report.totals, sessions: report.files.flatMap(({ sessions }) => sessions) };
}

const findingsOf = async (session: string) =>
  JSON.parse((await achilles('insights', session, '--json')).out) as SessionFindings;

/** Errors by type, and detectors. What a session is held against depends on others, and their order on file times. */
async function foundIn(session: string) {
  const { clusters, insights } = await findingsOf(session);
  const detectors = insights.map(({ payload }) => String(payload['detector']));
  return {
    errors: Object.fromEntries(clusters.map(({ error_type, occurrence_count }) => [error_type, occurrence_count])),
    detectors: detectors.filter((detector) => detector !== 'performance-regression').sort(),
  };
}

describe('six SWE-agent trajectories', () => {
  let first: Awaited<ReturnType<typeof imported>>;
  beforeAll(async () => {
    first = await imported(TRAJECTORIES);
  });

  it('are imported whole', () => {
    expect(first).toMatchObject({
      code: 0,
      totals: { files: 6, sessions: 6, events: 206, ingested: 206, deduped: 0, failed_events: 0, bad_lines: 0 },
    });
  });

  it('add nothing when imported again', async () => {
    const again = await imported(TRAJECTORIES);
    expect(again).toMatchObject({ code: 0, totals: { sessions: 6, ingested: 0, deduped: 0, failed_events: 0 } });
    expect(new Set(again.sessions.map(({ status }) => status))).toEqual(new Set(['already imported']));
    expect(await imported(TRAJECTORIES, '--resend')).toMatchObject({
      code: 0,
      totals: { ingested: 0, deduped: 206, failed_events: 0 },
    });
    const { body } = await gateway.api.get<{ items: unknown[] }>('/sessions?workspace_id=imports&limit=100');
    expect(body.items).toHaveLength(6);
  });

  it('are all processed', async () => {
    for (const { session_id, events } of first.sessions) {
      const { session, agent_performance } = await findingsOf(session_id!);
      expect(session).toMatchObject({ status: 'completed', event_count: events, requires_processing: false });
      expect(session.last_processed_at).not.toBeNull();
      expect(agent_performance).toMatchObject([{ agent_id: 'swe-agent' }]);
    }
  });

  // What a person who reads them finds.
  it.each([
    ['pydicom-1458', { AttributeError: 1, SyntaxError: 3 }, ['retry-storm']],
    [
      'ctf-crypto-baby-encryption',
      { TypeError: 1, IndentationError: 2, 'F821 UndefinedName': 1, ValueError: 1 },
      ['agent-induced-errors', 'break-fix-loop'],
    ],
    ['ctf-crypto-katy', { RejectedSubmission: 1, TimeoutError: 1 }, ['agent-induced-errors']],
    ['marshmallow-1867-function-calling', { IndentationError: 1 }, []],
    ['ctf-misc-networking', {}, []],
    ['ctf-pwn-warmup', {}, []],
  ])('show what went wrong in %s', async (name, errors, detectors) => {
    const { session_id } = first.sessions.find(({ key }) => key.startsWith(`swe-agent:${name}:`))!;
    expect(await foundIn(session_id!)).toEqual({ errors, detectors });
  });
});

describe('transcripts', () => {
  beforeAll(async () => {
    const { code, totals } = await imported(TRANSCRIPTS);
    expect([code, totals]).toMatchObject([0, { files: 2, sessions: 2, events: 28, ingested: 28, failed_events: 0 }]);
  });

  it('of Claude Code are understood', async () => {
    const { session, agent_performance } = await findingsOf(CLAUDE_CODE);
    expect(session).toMatchObject({ status: 'completed', event_count: 24, tags: ['claude-code'] });
    expect(agent_performance.map(({ agent_id }) => agent_id).sort()).toEqual(['claude-code', 'claude-code:sidechain']);
    expect(await foundIn(CLAUDE_CODE)).toEqual({ errors: { TestFailure: 1 }, detectors: [] });
  });

  it('in our own format say themselves whose they are and how they ended', async () => {
    const { body } = await gateway.api.get<{ items: { id: string }[] }>('/sessions?workspace_id=billing');
    expect(body.items).toMatchObject([
      { user_id: 'grace', status: 'failed', event_count: 4, end_time: '2026-03-03T14:00:30.000Z' },
    ]);
    expect(await foundIn(body.items[0]!.id)).toEqual({ errors: { AssertionError: 1 }, detectors: [] });
  });

  it('that grow go on in a session that follows', async () => {
    await using folder = await ScratchFolder.create();
    const path = join(folder.path, 'grown.jsonl');
    await copyFile(join(TRANSCRIPTS, 'claude-code.jsonl'), path);
    const entry = {
      type: 'user',
      sessionId: CLAUDE_CODE.split(':')[1],
      timestamp: '2026-03-02T10:00:00.000Z',
      message: { role: 'user', content: 'And now?' },
    };
    await appendFile(path, `${JSON.stringify(entry)}\n`);
    const { code, totals, sessions } = await imported(path);
    expect([code, totals]).toMatchObject([0, { ingested: 1, deduped: 0, failed_events: 0 }]);
    expect(sessions).toMatchObject([{ key: `${CLAUDE_CODE}:+24`, status: 'imported' }]);
    expect((await findingsOf(CLAUDE_CODE)).session.event_count).toBe(24);
    expect((await findingsOf(`${CLAUDE_CODE}:+24`)).session).toMatchObject({
      event_count: 1,
      start_time: '2026-03-02T10:00:00.000Z',
      tags: ['claude-code', 'continued'],
    });
    expect(await imported(path)).toMatchObject({ code: 0, totals: { ingested: 0 } });
    expect(await imported(path, '--resend')).toMatchObject({ code: 0, totals: { ingested: 0, deduped: 25 } });
  });
});

describe('the program as its user starts it', () => {
  const run = promisify(execFile);
  const start = (...args: string[]) =>
    run(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env: { ACHILLES_URL: gateway.url } });

  it('imports, and shows what was found', async () => {
    const { stdout, stderr } = await start('import', `${TRAJECTORIES}/pydicom-1458.traj.json`, '--workspace', 'shell');
    expect(stdout).toBe('1 session in 1 file: 37 events, 37 new\n');
    const key = /swe-agent:pydicom-1458:\w+/.exec(stderr)![0];
    const insights = await start('insights', key, '--workspace', 'shell');
    expect(insights.stdout).toContain('`edit 287:295` failed 3 times in a row');
    expect(insights.stdout).toContain('AttributeError');
  });

  it('fails with a sentence and no stack', async () => {
    await expect(start('insights', 'no-such-session')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'achilles: No session with the id or external key no-such-session.\n',
    });
  });
});
