import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, copyFile, mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { testTerminal } from '../../test/test-terminal.js';
import { AchillesClient } from '../client/achilles-client.js';
import { importCommand, type ImportOptions } from './import.command.js';
import type { ImportReport } from './import-report.js';

const TRAJECTORIES = 'test/fixtures/trajectories';
const PYDICOM = `${TRAJECTORIES}/pydicom-1458.traj.json`;
const TRANSCRIPT = 'test/fixtures/transcripts/claude-code.jsonl';
const EVENT_LOG = 'test/fixtures/transcripts/achilles.jsonl';
const BATCH = 'POST /signals/events/batch';

describe('achilles import', () => {
  let gateway: FakeGateway;
  let folder: ScratchFolder;

  beforeEach(async () => {
    [gateway, folder] = await Promise.all([FakeGateway.start(), ScratchFolder.create()]);
  });
  afterEach(() => Promise.all([gateway[Symbol.asyncDispose](), folder[Symbol.asyncDispose]()]));

  async function run(paths: string[], options: Partial<ImportOptions> = {}) {
    const terminal = testTerminal();
    const client = new AchillesClient({ url: gateway.url, version: '1', pause: () => Promise.resolve() });
    const defaults = {
      format: 'auto',
      defaultUser: 'ada',
      dryRun: false,
      resend: false,
      json: true,
      quiet: false,
    } as const;
    const code = await importCommand(client, paths, { ...defaults, ...options }, terminal);
    const { json } = { ...defaults, ...options };
    const report = json ? (JSON.parse(terminal.out()) as ImportReport) : undefined;
    return { code, report, totals: report?.totals, out: terminal.out(), err: terminal.err() };
  }

  it('plays a session through the API, in the order of the contract', async () => {
    const { code, totals } = await run([PYDICOM]);
    expect(code).toBe(0);
    expect(gateway.calls).toEqual([
      'POST /handshake',
      'POST /projects/resolve',
      'POST /sessions',
      BATCH,
      'POST /state/session',
      expect.stringMatching(/^PATCH \/sessions\/[-0-9a-f]{36}$/),
    ]);
    const [key, session] = [...gateway.sessions][0]!;
    expect(key).toBe('imports/swe-agent:pydicom-1458:f081b131803e16ed');
    expect(session).toMatchObject({ user_id: 'ada', tags: ['swe-agent'], status: 'completed', event_count: 37 });
    expect(session['end_time']).toBe(gateway.recorded.at(-1)!['client_timestamp']);
    expect(gateway.snapshots[0]).toMatchObject({
      snapshot_type: 'import',
      payload: {
        file: 'pydicom-1458.traj.json',
        format: 'swe-agent',
        sha256: expect.stringMatching(/^f081b131803e16ed/),
        counts: { events: 37, bad_lines: 0 },
        info: { exit_status: 'submitted', submission: expect.stringContaining('diff --git') },
      },
    });
    expect(totals).toMatchObject({ sessions: 1, events: 37, ingested: 37, deduped: 0, failed_events: 0 });
  });

  it('names its capabilities as the gateway does', async () => {
    const asked: unknown[] = [];
    gateway.interfere = (call, body) => void (call === 'POST /handshake' && asked.push(body['capabilities']));
    await run([PYDICOM]);
    expect(asked).toEqual([{ batch_events: true, deduplication: true, snapshots: true, insights: true }]);
  });

  it('sends nothing for what is there already, also from another clone', async () => {
    await run([TRAJECTORIES, TRANSCRIPT, EVENT_LOG]);
    expect(gateway.recorded).toHaveLength(206 + 24 + 4);
    const clone = join(folder.path, 'pydicom-1458.traj.json');
    await copyFile(PYDICOM, clone);
    await utimes(clone, 1e9, 1e9);
    gateway.calls.length = 0;
    const { code, report, totals } = await run([TRAJECTORIES, TRANSCRIPT, EVENT_LOG, clone]);
    expect([code, totals?.ingested, totals?.sessions]).toEqual([0, 0, 9]);
    expect(report!.files.flatMap((file) => file.sessions).every(({ status }) => status === 'already imported')).toBe(
      true,
    );
    expect(new Set(gateway.calls)).toEqual(new Set(['POST /handshake', 'POST /projects/resolve', 'POST /sessions']));
  });

  it('adds nothing when everything is sent again', async () => {
    await run([TRAJECTORIES, TRANSCRIPT]);
    const { code, totals } = await run([TRAJECTORIES, TRANSCRIPT], { resend: true });
    expect([code, totals?.ingested, totals?.deduped]).toEqual([0, 0, 206 + 24]);
  });

  it('goes on where an interrupted import stopped', async () => {
    let batches = 0;
    gateway.interfere = (call) =>
      call === BATCH && ++batches > 2 ? problem(500, 'internal_error', 'Oops.') : undefined;
    const first = await run([PYDICOM], { batchSize: 10 });
    expect([first.code, first.report?.files[0]?.sessions[0]]).toMatchObject([1, { sent: 20, ingested: 20 }]);
    expect(first.err).toContain('Oops.');
    gateway.interfere = () => undefined;
    gateway.batchSizes.length = 0;
    const second = await run([PYDICOM], { batchSize: 10 });
    expect([second.code, second.totals?.ingested, second.totals?.deduped]).toEqual([0, 17, 0]);
    expect(gateway.batchSizes).toEqual([10, 7]);
  });

  it('survives a reset after a batch was stored, and a store that is away', async () => {
    const troubles = [
      'reset after',
      problem(503, 'store_unavailable', 'Away.', { 'retry-after': '1' }),
      'reset',
    ] as const;
    let calls = 0;
    gateway.interfere = (call) => (call === BATCH ? troubles[calls++] : undefined);
    const { code, totals } = await run([PYDICOM], { batchSize: 20 });
    expect([code, totals?.ingested, totals?.deduped]).toEqual([0, 17, 20]);
    expect(gateway.recorded).toHaveLength(37);
  });

  describe('a transcript that has grown after its session ended', () => {
    const sessionId = '3f0c2b6e-6f0a-4a1f-9a57-0f8f6f2f1c11';
    const key = `claude-code:${sessionId}`;
    let path: string;

    const grow = (minute: number, content = 'And now?') =>
      appendFile(
        path,
        `${JSON.stringify({
          type: 'user',
          sessionId,
          timestamp: `2026-03-02T10:${minute}:00.000Z`,
          message: { role: 'user', content },
        })}\n`,
      );
    const counts = () => [...gateway.sessions.values()].map((each) => [each['external_session_key'], each.event_count]);

    beforeEach(async () => {
      path = join(folder.path, 't.jsonl');
      await copyFile(TRANSCRIPT, path);
      await run([path]);
    });

    it('goes on in a follow-up session, with only what is new', async () => {
      await grow(10);
      await grow(12);
      const { code, report } = await run([path]);
      expect([code, report?.files[0]?.sessions]).toMatchObject([
        0,
        [{ key: `${key}:+24`, status: 'imported', events: 26, done: 26, sent: 2, ingested: 2 }],
      ]);
      const [first, next] = [...gateway.sessions.values()];
      expect(first).toMatchObject({ external_session_key: key, event_count: 24 });
      expect(next).toMatchObject({
        tags: ['claude-code', 'continued'],
        status: 'completed',
        event_count: 2,
        start_time: '2026-03-02T10:10:00.000Z',
        end_time: '2026-03-02T10:12:00.000Z',
        workspace_id: first!['workspace_id'],
        user_id: first!['user_id'],
      });
    });

    it('goes on again and again, each time from where it was', async () => {
      for (const minute of [10, 11, 12]) {
        await grow(minute);
        expect((await run([path])).totals).toMatchObject({ ingested: 1, deduped: 0 });
      }
      const expected = [
        [key, 24],
        [`${key}:+24`, 1],
        [`${key}:+25`, 1],
        [`${key}:+26`, 1],
      ];
      expect(counts()).toEqual(expected);
      const repeat = await run([path]);
      expect([repeat.code, repeat.report?.files[0]?.sessions[0]]).toMatchObject([
        0,
        { status: 'already imported', sent: 0 },
      ]);
      expect((await run([path], { resend: true })).totals).toMatchObject({
        ingested: 0,
        deduped: 27,
        failed_events: 0,
      });
      expect(counts()).toEqual(expected);
    });

    it('goes on in a follow-up that was interrupted', async () => {
      gateway.interfere = (call) =>
        call === 'POST /state/session' ? problem(500, 'internal_error', 'Oops.') : undefined;
      await grow(10);
      await run([path]);
      gateway.interfere = () => undefined;
      await grow(11);
      expect((await run([path])).totals).toMatchObject({ ingested: 1, deduped: 0 });
      expect(counts()).toEqual([
        [key, 24],
        [`${key}:+24`, 2],
      ]);
    });

    it('takes events that the first session did not store for no growth', async () => {
      const alike = join(folder.path, 'alike.jsonl');
      await copyFile(TRANSCRIPT, alike);
      gateway.sessions.clear();
      path = alike;
      await grow(10);
      await grow(10);
      await run([alike]);
      expect(counts()).toEqual([[key, 25]]);
      const repeat = await run([alike]);
      expect([repeat.code, repeat.totals?.ingested, counts()]).toEqual([0, 0, [[key, 25]]]);
      await grow(11);
      expect((await run([alike])).totals).toMatchObject({ ingested: 1, deduped: 0, failed_events: 0 });
      expect(counts()).toEqual([
        [key, 25],
        [`${key}:+26`, 1],
      ]);
    });

    it('says what a session refuses that somebody else ended empty', async () => {
      gateway.sessions.get(`imports/${key}`)!.event_count = 0;
      gateway.events.get(gateway.sessions.get(`imports/${key}`)!.id)!.clear();
      gateway.snapshots.length = 0;
      const { code, totals } = await run([path]);
      expect([code, totals?.ingested, totals?.failed_events]).toEqual([1, 0, 24]);
    });
  });

  it('loses nothing where two files feed one session', async () => {
    const event = (ms: number) => ({
      event_type: 'custom',
      source_type: 'cli',
      client_timestamp: `2026-01-01T00:00:00.00${ms}Z`,
    });
    const head = { session: { external_session_key: 'ci-17' } };
    const a = await folder.write('a.jsonl', [head, event(1), event(2)]);
    const b = await folder.write('b.jsonl', [head, event(3), event(4)]);
    expect((await run([a, b])).totals).toMatchObject({ ingested: 4, deduped: 0 });
    expect((await run([a, b])).totals).toMatchObject({ ingested: 0, deduped: 4 });
    expect([...gateway.sessions.values()]).toMatchObject([{ status: 'active', event_count: 4 }]);
    const last = await folder.write('c.jsonl', [{ session: { ...head.session, status: 'completed' } }, event(5)]);
    await run([last]);
    expect([...gateway.sessions.values()]).toMatchObject([{ status: 'completed', event_count: 5 }]);
    await appendFile(a, `${JSON.stringify(event(6))}\n`);
    expect((await run([a])).totals).toMatchObject({ ingested: 0, deduped: 2, failed_events: 1 });
  });

  it('takes workspace, user, end and status from the recording, unless told otherwise', async () => {
    await run([EVENT_LOG]);
    await run([EVENT_LOG], { workspace: 'w', user: 'u' });
    expect([...gateway.sessions.values()]).toMatchObject([
      { workspace_id: 'billing', user_id: 'grace', status: 'failed', end_time: '2026-03-03T14:00:30Z' },
      { workspace_id: 'w', user_id: 'u' },
    ]);
  });

  it('keeps to the batch limits of the handshake', async () => {
    gateway.limits = { preferred_batch_size: 15, max_payload_bytes: 8_000 };
    await run([PYDICOM], { batchSize: 500 });
    expect(Math.max(...gateway.batchSizes)).toBeLessThanOrEqual(15);
    expect(gateway.batchSizes.length).toBeGreaterThan(3);
    expect(gateway.recorded).toHaveLength(37);
  });

  it('counts without a gateway on a dry run', async () => {
    const { code, report } = await run([TRAJECTORIES, TRANSCRIPT], { dryRun: true });
    expect([code, report?.totals.events, report?.dry_run, gateway.calls]).toEqual([0, 230, true, []]);
  });

  it('names what cannot be read and imports the rest', async () => {
    await folder.write('cut.traj', '{"trajectory": [');
    await folder.write('other.json', '{"name":"x"}');
    await folder.write('readme.txt', 'not looked at');
    await mkdir(join(folder.path, 'sub'));
    await copyFile(PYDICOM, join(folder.path, 'sub/p.traj'));
    const text = '{"event_type":"custom","source_type":"cli","client_timestamp":"2026-01-01T00:00:00Z"}\n{"event_ty\n';
    await folder.write('log.jsonl', text);
    const { code, out, err } = await run([folder.path, 'no-such-file'], { json: false });
    expect(code).toBe(1);
    expect(err).toContain(`not imported     ${folder.path}/cut.traj is not valid JSON (cut off?)\n`);
    expect(err).toContain(`not imported     ${folder.path}/other.json is of no known format`);
    expect(err).toContain(`bad line         ${folder.path}/log.jsonl:2 is not valid JSON\n`);
    expect(err).toContain('not imported     no-such-file does not exist\n');
    expect(out).toBe('2 sessions in 5 files: 38 events, 38 new, 3 files not imported, 1 bad line\n');
  });

  it('lists refused events by their number in the session', async () => {
    const event = { event_type: 'custom', source_type: 'cli', client_timestamp: '2026-01-01T00:00:00Z' };
    const events = Array.from({ length: 30 }, (_, n) => ({
      ...event,
      payload: { n },
      source_type: n < 4 ? 'cli' : 'martian',
    }));
    const path = await folder.write('x.jsonl', events);
    const { code, out, err } = await run([path], { json: false, batchSize: 3 });
    expect([code, out]).toEqual([1, '1 session in 1 file: 30 events, 4 new, 26 refused\n']);
    expect(err).toMatch(/refused {10}event 4 of achilles:x:\w+: not_in_enum: source_type must be one of/);
    expect(err).toContain('and 16 more, all with --json');
  });

  it('ends a session at its last plausible time', async () => {
    const event = { event_type: 'custom', source_type: 'cli' };
    const times = ['2026-01-01T00:00:05Z', '9999-01-01T00:00:00Z', 'tomorrow', 7, '2026-01-01T00:00:01Z'];
    const path = await folder.write(
      'x.jsonl',
      times.map((client_timestamp) => ({ ...event, client_timestamp })),
    );
    await run([path]);
    expect([...gateway.sessions.values()]).toMatchObject([{ end_time: '2026-01-01T00:00:05.000Z' }]);
  });

  it('says only what went wrong when it is to be quiet', async () => {
    const { out, err } = await run([PYDICOM, 'no-such-file'], { json: false, quiet: true });
    expect([out, err]).toEqual(['', 'not imported     no-such-file does not exist\n']);
  });

  it('stops at the first file when nothing further can succeed', async () => {
    gateway.interfere = () => problem(401, 'unauthenticated', 'Who?');
    const { code, report, err } = await run([TRAJECTORIES]);
    expect([code, report?.files.length, report?.ok]).toEqual([1, 1, false]);
    expect(err).toBe(
      'stopped          The gateway asks for a valid token: pass --token or set ACHILLES_TOKEN.\n' +
        'not tried        5 more files\n',
    );
  });

  it('goes on after a session that the gateway refuses', async () => {
    gateway.interfere = (call, body) =>
      call === 'POST /sessions' && String(body['external_session_key']).includes('katy')
        ? problem(422, 'validation_failed', 'No.')
        : undefined;
    const { code, totals, err } = await run([TRAJECTORIES]);
    expect([code, totals?.ingested]).toEqual([1, 206 - 53]);
    expect(err).toMatch(/failed {11}swe-agent:ctf-crypto-katy:\w+: POST \S+: 422 validation_failed: No\./);
  });

  it('shows its progress on a terminal only, and leaves only lines behind', async () => {
    const terminal = testTerminal();
    const client = new AchillesClient({ url: gateway.url, version: '1' });
    const options = {
      format: 'auto',
      defaultUser: 'ada',
      dryRun: false,
      resend: false,
      json: false,
      quiet: false,
    } as const;
    const stderr = { ...terminal.stderr, isTTY: true };
    await importCommand(client, [PYDICOM], { ...options, batchSize: 10 }, { ...terminal, stderr });
    expect(terminal.err()).toContain('0/37 events');
    expect(terminal.err()).toContain('imported         swe-agent:pydicom-1458:f081b131803e16ed: 37 events, 37 new\n');
    expect((await run([PYDICOM])).err).not.toContain('/37');
  });

  it('lets no recording write to the terminal as it likes', async () => {
    const path = await folder.write('x.jsonl', [
      { session: { external_session_key: 'a\u001B[2Jb\nc' } },
      { event_type: 'x' },
    ]);
    const { err } = await run([path], { dryRun: true });
    expect(err).toBe('would import     ab c: 1 event\n');
  });

  it('says so when a folder holds no recording', async () => {
    const { code, err } = await run([folder.path]);
    expect([code, err]).toEqual([1, expect.stringContaining('nothing found')]);
  });
});
