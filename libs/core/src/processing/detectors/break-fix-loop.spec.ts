import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { rejected, TYPE_ERROR, VALUE_ERROR } from '../fixtures/outputs.js';
import { breakFixLoop } from './break-fix-loop.js';

const detect = (session: ASession) => breakFixLoop.detect(session.trace(), session.context());
const RED = '1 failed, 2 passed in 0.1s';
const GREEN = '3 passed in 0.1s';
const round = (session: ASession, output: string, check = 'python decrypt.py') =>
  session.edit('decrypt.py').run(check, output);

describe('break-fix-loop', () => {
  it('reports two failing rounds and that they ended well', () => {
    const session = round(round(round(new ASession(), TYPE_ERROR), VALUE_ERROR), 'flag');
    expect(detect(session)).toMatchObject([
      {
        agentId: 'agent-1',
        severity: 'low',
        title: '`python decrypt.py` kept failing over 2 rounds of edits, then passed',
        evidence: ['e0', 'e3', 'e4', 'e7', 'e8', 'e10'],
        figures: { failing_rounds: 2, edits: 3, resolved: true },
      },
    ]);
  });

  it('is more severe while it fails, and the longer it takes', () => {
    const session = round(round(new ASession(), TYPE_ERROR), VALUE_ERROR);
    expect(detect(session)).toMatchObject([{ severity: 'medium', figures: { resolved: false } }]);
    expect(detect(round(round(session, TYPE_ERROR), TYPE_ERROR))).toMatchObject([{ severity: 'high' }]);
    expect(detect(round(session, 'flag'))).toMatchObject([
      { severity: 'medium', figures: { failing_rounds: 4, resolved: true } },
    ]);
  });

  it('goes on when a script ran clean once but was edited and failed again', () => {
    const session = round(round(round(new ASession(), TYPE_ERROR), 'garbage'), VALUE_ERROR);
    expect(detect(session)).toMatchObject([{ figures: { failing_rounds: 2, edits: 3, resolved: false } }]);
  });

  it('lets passing tests end it: red, green, red, green is how tests are meant to go', () => {
    let session = new ASession();
    for (let i = 0; i < 3; i++) session = round(round(session, RED, 'pytest -q'), GREEN, 'pytest -q');
    expect(detect(session)).toEqual([]);
  });

  it('knows one check in different trimmings', () => {
    const session = round(round(new ASession(), RED, 'pytest -q'), RED, 'cd /work && pytest -q 2>&1 | tail');
    expect(detect(session)).toMatchObject([{ figures: { check: 'pytest -q', failing_rounds: 2 } }]);
  });

  it.each([
    ['one failing round', () => round(round(new ASession(), TYPE_ERROR), 'flag')],
    ['failing runs without an edit', () => round(new ASession(), TYPE_ERROR).run('python decrypt.py', TYPE_ERROR)],
    [
      'edits that were rejected',
      () =>
        round(new ASession(), TYPE_ERROR).edit('decrypt.py', rejected('E999 X')).run('python decrypt.py', TYPE_ERROR),
    ],
    ['different checks', () => round(round(new ASession(), TYPE_ERROR), VALUE_ERROR, 'python other.py')],
  ])('is silent about %s', (_, session) => {
    expect(detect(session())).toEqual([]);
  });

  it('follows runs that an IDE reports, and names no agent for human edits', () => {
    const session = new ASession();
    for (let i = 0; i < 2; i++) {
      session.human('file_edit', { filePath: 'a.ts' }).event('test_run', {
        sourceType: 'ide',
        attributionSource: null,
        agentId: null,
        payload: { name: 'unit', exit_code: 1 },
      });
    }
    expect(detect(session)).toMatchObject([{ agentId: null, figures: { check: 'unit', failing_rounds: 2 } }]);
  });
});
