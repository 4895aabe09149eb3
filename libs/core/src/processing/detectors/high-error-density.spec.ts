import { describe, expect, it } from '@jest/globals';
import { ASession } from '../fixtures/a-session.js';
import { highErrorDensity } from './high-error-density.js';

function session(errors: number, others: number): ASession {
  const built = new ASession();
  for (let i = 0; i < errors; i++) built.event('error', { rawMessage: `TypeError: bad value '${i}'` });
  for (let i = 0; i < others; i++) built.event('agent_message');
  return built;
}
const detect = (built: ASession) => highErrorDensity.detect(built.trace(), built.context());

describe('high-error-density', () => {
  it('reports more than 25 errors per 100 events', () => {
    expect(detect(session(26, 74))).toMatchObject([
      {
        severity: 'high',
        title: '26 errors in 100 events',
        message: expect.stringContaining('"TypeError: bad value \'0\'" (26 times)'),
        figures: { error_density: 26, threshold: 25 },
      },
    ]);
    expect(detect(session(51, 49))).toMatchObject([{ severity: 'critical' }]);
  });

  it('is silent at 25, and in a session too short to tell', () => {
    expect(detect(session(25, 75))).toEqual([]);
    expect(detect(session(5, 4))).toEqual([]);
  });
});
