import { describe, expect, it } from '@jest/globals';
import { eventsOf } from '../../test/events-of.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { detectFormat } from './detect-format.js';
import { openRecording } from './open-recording.js';

describe('detectFormat', () => {
  it.each([
    ['swe-agent', 'a.json', '{\n  "environment": "x",\n  "trajectory": [\n    {"action"'],
    ['swe-agent', 'a.json', '{"trajectory":[]}'],
    ['swe-agent', 'a.traj', '{"history": ['],
    ['claude-code', 'a.jsonl', '{"type":"summary","summary":"x","leafUuid":"y"}\n'],
    ['claude-code', 'a.jsonl', '\uFEFF{"type":"user","sessionId":"s"}\r\n'],
    ['claude-code', 'a.jsonl', '{broken\n{"type":"user","sessionId":"s"}\n'],
    ['claude-code', 'a.jsonl', `{"type":"user","sessionId":"s","message":"${'x'.repeat(70_000)}`],
    ['achilles', 'a.jsonl', '{"session":{}}\n'],
    ['achilles', 'a.ndjson', '{"event_type":"custom","payload":{"trajectory":[1]}}\n'],
    ['achilles', 'a.jsonl', `{"event_type":"custom","raw_message":"${'x'.repeat(70_000)}`],
    [undefined, 'package.json', '{\n  "name": "x",\n  "sessionId": "y"\n}'],
    [undefined, 'a.jsonl', '{"messages":[]}\n{"messages":[]}'],
    [undefined, 'a.jsonl', 'time,event\n1,"event_type": "x"'],
    [undefined, 'a.json', '[{"sessionId":"s","type":"user"}]'],
    [undefined, 'a.jsonl', '\u0000\u0001binary'],
  ])('%s: %s %j', (format, name, sample) => expect(detectFormat(name, sample)).toBe(format));
});

describe('openRecording', () => {
  it('says why a file cannot be imported', async () => {
    await using folder = await ScratchFolder.create();
    const reasonFor = async (path: string) => openRecording(path, 'auto').catch((error: Error) => error.message);
    expect(await reasonFor(await folder.write('empty.jsonl', ' \n'))).toBe('is empty');
    expect(await reasonFor(await folder.write('notes.json', '{"a":1}'))).toContain('no known format');
    expect(await reasonFor(await folder.write('cut.traj', '{"trajectory":[{'))).toContain('cut off');
    expect(await reasonFor(`${folder.path}/none.traj`)).toBe('does not exist');
    expect(await reasonFor(folder.path)).toBe('is a directory');
  });

  it('takes the format that it is told', async () => {
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.log', [{ type: 'user', sessionId: 's' }]);
    await expect(openRecording(path, 'swe-agent')).rejects.toThrow('not a SWE-agent trajectory');
    expect((await openRecording(path, 'claude-code')).format).toBe('claude-code');
  });
});

describe('own JSON Lines', () => {
  it('reads a session and its events as they are', async () => {
    const { sessions } = await openRecording('test/fixtures/transcripts/achilles.jsonl', 'auto');
    expect(sessions[0]).toMatchObject({
      key: expect.stringMatching(/^achilles:achilles:[0-9a-f]{16}$/),
      startTime: '2026-03-03T14:00:00Z',
      endTime: '2026-03-03T14:00:30Z',
      status: 'failed',
      userId: 'grace',
      workspaceId: 'billing',
      tags: ['achilles', 'nightly'],
      vcsRemoteUrl: 'git@git.example.com:shop/billing.git',
      eventCount: 4,
      resumable: true,
    });
    expect((await eventsOf(sessions[0]!))[3]).toEqual({
      event_type: 'human_action',
      source_type: 'human',
      client_timestamp: '2026-03-03T14:00:20Z',
      payload: { action: 'stopped the agent' },
      attribution_source: 'human',
    });
  });

  it('needs no first line, and names the lines that are not events of this session', async () => {
    await using folder = await ScratchFolder.create();
    const event = { event_type: 'custom', source_type: 'cli', client_timestamp: '2026-01-01T00:00:00Z' };
    const lines = [event, { session: {} }, { type: 'x' }, { ...event, session_id: 'y' }, event];
    const { sessions, faults } = await openRecording(await folder.write('x.jsonl', lines), 'auto');
    expect(sessions[0]).toMatchObject({ startTime: event.client_timestamp, status: 'completed', eventCount: 2 });
    expect(faults.map(({ line, reason }) => `${line} ${reason.split(':')[0]}`)).toEqual([
      '2 is a "session" line, which must be the first',
      '3 has no "event_type"',
      '4 has a session_id',
    ]);
  });

  it('does not count on being alone under a key that somebody chose', async () => {
    await using folder = await ScratchFolder.create();
    const head = { session: { external_session_key: 'ci-17', tags: [1, 'a'], status: 'odd' } };
    const { sessions } = await openRecording(await folder.write('x.jsonl', [head, { event_type: 'custom' }]), 'auto');
    expect(sessions[0]).toMatchObject({ key: 'ci-17', resumable: false, tags: ['achilles', 'a'], status: 'active' });
    const ended = { session: { ...head.session, end_time: '2026-01-01T00:00:00Z' } };
    const { sessions: over } = await openRecording(
      await folder.write('y.jsonl', [ended, { event_type: 'custom' }]),
      'auto',
    );
    expect(over[0]).toMatchObject({ status: 'completed' });
  });
});
