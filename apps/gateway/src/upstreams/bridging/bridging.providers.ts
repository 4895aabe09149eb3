import type { Provider } from '@nestjs/common';
import { ParkedCalls } from './parked-calls.js';
import { ParkedCallsMetrics } from './parked-calls.metrics.js';
import { Visitors } from './visitors.js';
import { Visits } from './visits.js';
import { WaitingCalls } from './waiting-calls.js';

/** Calls in the middle of which an upstream asks its client. */
export const BRIDGING_PROVIDERS: readonly Provider[] = [
  ParkedCallsMetrics,
  WaitingCalls,
  Visits,
  Visitors,
  ParkedCalls,
];
