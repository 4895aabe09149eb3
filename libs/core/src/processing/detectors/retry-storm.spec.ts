import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { rejected } from '../fixtures/outputs.js';
import { retryStorm } from './retry-storm.js';

const REJECTED = rejected('E999 SyntaxError: x');
const FAILS = 'make: *** No rule to make target. Stop.';
const detect = (session: ASession) => retryStorm.detect(session.trace(), session.context());

describe('retry-storm', () => {
  it('reports a call that fails three times, whatever text the edit had', () => {
    const session = new ASession();
    for (const text of ['a', 'b', 'b']) session.edit('src/a.py', REJECTED, `edit 1:2\n${text}\nend_of_edit`);
    expect(detect(session.edit('src/a.py', 'File updated.', 'edit 1:3\nc'))).toMatchObject([
      {
        key: 'e0',
        severity: 'medium',
        title: '`edit 1:2` failed 3 times in a row',
        message: expect.stringMatching(/in a\.py .*1 try repeated .*Next came `edit 1:3`, which succeeded\.$/),
        evidence: ['e1', 'e3', 'e5'],
        figures: { failures: 3, identical_repeats: 1 },
      },
    ]);
  });

  it('reports two failures only of byte-identical calls, as a minor thing', () => {
    expect(detect(new ASession().run('make', FAILS).run('make', FAILS))).toMatchObject([{ severity: 'low' }]);
    expect(detect(new ASession().edit('a.py', REJECTED, 'edit 1:2\na').edit('a.py', REJECTED, 'edit 1:2\nb'))).toEqual(
      [],
    );
  });

  it('grows more severe', () => {
    const session = new ASession();
    for (let i = 0; i < 6; i++) session.run('make', FAILS);
    expect(detect(session)).toMatchObject([{ severity: 'high' }]);
  });

  it('sees through looking around between two tries', () => {
    expect(detect(new ASession().run('make', FAILS).run('cat Makefile').run('make', FAILS))).toHaveLength(1);
  });

  it.each([
    ['something was changed in between', () => new ASession().run('make', FAILS).edit('Makefile').run('make', FAILS)],
    ['it worked in between', () => new ASession().run('make', FAILS).run('make').run('make', FAILS)],
    ['the calls differ', () => new ASession().run('make a', FAILS).run('make b', FAILS).run('make c', FAILS)],
    [
      'another agent tries',
      () =>
        new ASession()
          .run('make', FAILS)
          .event('command_run', { agentId: 'b', payload: { command: 'make', exit_code: 2 } }),
    ],
  ])('is silent when %s', (_, session) => {
    expect(detect(session())).toEqual([]);
  });

  it('takes a return to the call much later for a new attempt', () => {
    const session = new ASession().run('make', FAILS);
    for (let i = 0; i < 6; i++) session.run(`cat ${i}.py`);
    expect(detect(session.run('make', FAILS))).toEqual([]);
  });
});
