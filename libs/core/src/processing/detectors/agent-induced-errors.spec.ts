import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { rejected, TYPE_ERROR } from '../fixtures/outputs.js';
import { agentInducedErrors } from './agent-induced-errors.js';

const REJECTED = rejected('E999 SyntaxError: x');
const detect = (session: ASession, explained: ReadonlySet<string> = new Set()) =>
  agentInducedErrors.detect(session.trace(), { ...session.context(), explained });
const broken = () => new ASession().edit('decrypt.py').run('python decrypt.py', TYPE_ERROR);

describe('agent-induced-errors', () => {
  it('says which action led to which error', () => {
    const [finding] = detect(broken().edit('a.py', REJECTED));
    expect(finding).toMatchObject({
      agentId: 'agent-1',
      severity: 'low',
      title: '2 errors came from what agent-1 did in decrypt.py, a.py',
      evidence: ['e0', 'e3', 'e4', 'e5'],
      figures: { induced_errors: 2, rejected_edits: 1, errors: 2 },
    });
    expect(finding?.message).toContain('"TypeError: integer argument expected, got float" after `edit 1:1`');
    expect(finding?.message).toContain('"E999 SyntaxError: x" from `edit 1:1`');
  });

  it('calls rejected edits what they are', () => {
    const session = new ASession().edit('a.py', REJECTED).edit('b.py', REJECTED);
    expect(detect(session)).toMatchObject([
      { severity: 'low', title: '2 edits by agent-1 were rejected in a.py, b.py' },
    ]);
  });

  it('grows more severe with their number', () => {
    const session = broken();
    for (let i = 0; i < 2; i++) session.edit('a.py', REJECTED);
    expect(detect(session)).toMatchObject([{ severity: 'medium' }]);
    for (let i = 0; i < 2; i++) session.edit('a.py', REJECTED);
    expect(detect(session)).toMatchObject([{ severity: 'high' }]);
  });

  it('is silent about a single error, and about what is explained already', () => {
    expect(detect(broken())).toEqual([]);
    expect(detect(broken().edit('a.py', REJECTED), new Set(['e3']))).toEqual([]);
  });

  it('does not hold errors of other files against the agent', () => {
    const session = new ASession()
      .edit('a.py')
      .run('python decrypt.py', TYPE_ERROR)
      .run('python decrypt.py', TYPE_ERROR);
    expect(detect(session)).toEqual([]);
  });
});
