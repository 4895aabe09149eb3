import type { Severity } from '#core/insights/insights.js';
import type { AgentBaseline, PerformanceDraft } from '../analysis.js';
import type { Correlation } from '../correlations.js';
import type { Trace } from '../trace.js';

/** What is known of the session besides its trace. */
export interface DetectorContext {
  readonly correlations: readonly Correlation[];
  readonly performance: readonly PerformanceDraft[];
  readonly baselines: ReadonlyMap<string, AgentBaseline>;
  /** Events that an earlier detector has explained: they need no second insight in other words. */
  readonly explained: ReadonlySet<string>;
}

/** An insight before it is written down: name and version of its detector and the limit on evidence come later. */
export interface Finding {
  /** Tells two findings of one detector apart; the same whenever the session is processed again. */
  readonly key: string;
  readonly agentId: string | null;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  /** Ids of all events that it rests on, in order. */
  readonly evidence: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Pure: the same trace and context always give the same findings. */
export interface Detector {
  readonly name: string;
  /** Raised when the same session would give other findings. */
  readonly version: number;
  readonly category: string;
  detect(trace: Trace, context: DetectorContext): Finding[];
}
