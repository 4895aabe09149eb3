import { errorDensity } from '../summary.js';
import type { Detector } from './detector.js';
import { count, listErrors } from './wording.js';

/** Errors per 100 events. */
const MAX_DENSITY = 25;
const CRITICAL_DENSITY = 50;
/** In fewer events, a share says nothing. */
const MIN_EVENTS = 10;

/** The whole session went badly, however its errors hang together. */
export const highErrorDensity: Detector = {
  name: 'high-error-density',
  version: 1,
  category: 'reliability',
  detect: (trace) => {
    const density = errorDensity(trace);
    if (trace.events < MIN_EVENTS || density <= MAX_DENSITY) return [];
    return [
      {
        key: 'session',
        agentId: null,
        severity: density > CRITICAL_DENSITY ? 'critical' : 'high',
        title: `${count(trace.errors.length, 'error')} in ${count(trace.events, 'event')}`,
        message:
          `${density} errors per 100 events, where more than ${MAX_DENSITY} is unusual. Most frequent: ` +
          `${listErrors(trace.errors)}. Start with the most frequent one; the others may follow from it.`,
        evidence: trace.errors.map((error) => error.eventId),
        figures: { error_density: density, errors: trace.errors.length, events: trace.events, threshold: MAX_DENSITY },
      },
    ];
  },
};
