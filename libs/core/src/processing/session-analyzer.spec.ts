import { describe, expect, it } from '@jest/globals';
import type { Analysis } from './analysis.js';
import { ASession } from './fixtures/a-session.js';
import { babyEncryption, katy, marshmallow, networking, pydicom, warmup } from './fixtures/trajectories.js';

const clusters = ({ clusters: found }: Analysis) =>
  found.map((cluster) => [cluster.error_type, cluster.normalized_error, cluster.occurrence_count]);
const titles = ({ insights }: Analysis) => insights.map((insight) => insight.title);

describe('SessionAnalyzer on recorded sessions', () => {
  it('baby-encryption: five errors in four kinds, a loop that was resolved, edits made blind', () => {
    const analysis = babyEncryption().analyse();
    expect(clusters(analysis)).toEqual([
      ['TypeError', 'TypeError: integer argument expected, got float', 1],
      ['IndentationError', 'E999 IndentationError: unexpected indent', 2],
      ['F821 UndefinedName', 'F821 undefined name <str>', 1],
      ['ValueError', 'ValueError: chr() arg not in range(<addr>)', 1],
    ]);
    expect(titles(analysis)).toEqual([
      '`python decrypt.py` kept failing over 2 rounds of edits, then passed',
      '3 edits by swe-agent were rejected in chall.py, decrypt.py',
    ]);
    expect(analysis.insights[0]?.payload['figures']).toMatchObject({ failing_rounds: 2, resolved: true });
    expect(analysis.performance[0]).toMatchObject({
      total_actions: 16,
      successful_actions: 11,
      induced_error_count: 5,
    });
  });

  it('pydicom: the reproduced error is not the agent`s doing, three rejected edits are one storm', () => {
    const analysis = pydicom().analyse();
    expect(clusters(analysis)).toEqual([
      ['AttributeError', expect.stringMatching(/^AttributeError: Unable to convert .* from the dataset: \w+$/), 1],
      ['SyntaxError', 'E999 SyntaxError: unmatched <str>', 3],
    ]);
    expect(titles(analysis)).toEqual(['`edit 287:295` failed 3 times in a row']);
    expect(analysis.insights[0]).toMatchObject({
      severity: 'medium',
      payload: { detector: 'retry-storm', evidence_count: 3 },
    });
    expect(analysis.performance[0]).toMatchObject({ induced_error_count: 3 });
  });

  it('katy: a rejected submission and a run that timed out after an edit', () => {
    const analysis = katy().analyse();
    expect(clusters(analysis)).toEqual([
      ['RejectedSubmission', 'Wrong flag!', 1],
      ['TimeoutError', 'EXECUTION TIMED OUT', 1],
    ]);
    expect(analysis.insights).toHaveLength(1);
    expect(analysis.insights[0]?.message).toContain('"TimeoutError: EXECUTION TIMED OUT" after `edit 26:34`');
  });

  it('marshmallow: one slip, no alarm', () => {
    const analysis = marshmallow().analyse();
    expect(clusters(analysis)).toEqual([['IndentationError', 'E999 IndentationError: unexpected indent', 1]]);
    expect(analysis.correlations).toMatchObject([{ correlation_type: 'rejected_edit', file_match: true }]);
    expect(analysis.insights).toEqual([]);
  });

  it.each([
    ['networking', networking],
    ['warmup', warmup],
  ])('%s: no errors at all', (_, session) => {
    expect(session().analyse()).toMatchObject({
      summary: { error_density: 0 },
      clusters: [],
      correlations: [],
      insights: [],
    });
  });
});

describe('SessionAnalyzer', () => {
  it('gives the same analysis for the same events', () => {
    expect(babyEncryption().analyse()).toEqual(babyEncryption().analyse());
  });

  it('has nothing to say about nothing', () => {
    expect(new ASession().analyse()).toEqual({
      summary: { agent_activity_score: 0, human_activity_score: 0, error_density: 0, milestone_breakdown: {} },
      clusters: [],
      correlations: [],
      performance: [],
      insights: [],
    });
  });

  it('gives insights of one session distinct keys and caps their evidence', () => {
    const session = new ASession();
    for (let i = 0; i < 120; i++) session.run('make', 'make: *** No rule to make target. Stop.');
    const { insights } = session.analyse();
    expect(new Set(insights.map(({ key }) => key)).size).toBe(insights.length);
    const storm = insights.find(({ payload }) => payload['detector'] === 'retry-storm');
    expect(storm?.payload).toMatchObject({ evidence_count: 120, version: 1 });
    expect(storm?.payload['evidence']).toHaveLength(50);
  });

  it('tells agents apart, and names the nameless', () => {
    const session = new ASession('a').run('ls').event('command_run', { agentId: null, payload: { command: 'ls' } });
    expect(session.analyse().performance.map(({ agent_id }) => agent_id)).toEqual(['a', 'unknown-agent']);
  });

  it('survives payloads of any shape', () => {
    const session = new ASession();
    for (const payload of [
      { command: 7, arguments: [1], output: [null, { text: 'x' }] },
      { output: { stdout: 1 } },
      { call_id: {} },
    ]) {
      session
        .event('tool_call', { payload })
        .event('tool_result', { payload })
        .event('error', { payload })
        .event('milestone', { payload });
    }
    expect(session.analyse().summary.error_density).toBe(25);
  });
});
