import { measureAgents } from './agent-performance.js';
import type { AgentBaseline, Analysis, RecordedEvent } from './analysis.js';
import { correlate, toDraft } from './correlations.js';
import { detectInsights } from './detectors.js';
import { clusterErrors } from './error-clusters.js';
import { summarise } from './summary.js';
import { TraceRecorder } from './trace-recorder.js';
import { actionsByAgent } from './trace.js';

/** Reads a session's events one by one, in order, and derives everything from what it kept of them. */
export class SessionAnalyzer {
  private readonly recorder = new TraceRecorder();

  observe(event: RecordedEvent): void {
    this.recorder.record(event);
  }

  /** The agents that acted, in the order of their first action. */
  agents(): string[] {
    return [...actionsByAgent(this.recorder.trace()).keys()];
  }

  finish(baselines: ReadonlyMap<string, AgentBaseline>): Analysis {
    const trace = this.recorder.trace();
    const correlations = correlate(trace);
    const performance = measureAgents(trace, correlations, baselines);
    return {
      summary: summarise(trace),
      clusters: clusterErrors(trace),
      correlations: correlations.map(toDraft),
      performance,
      insights: detectInsights(trace, { correlations, performance, baselines }),
    };
  }
}
