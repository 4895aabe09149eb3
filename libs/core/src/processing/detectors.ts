import { SEVERITIES } from '#core/insights/insights.js';
import type { InsightDraft } from './analysis.js';
import { agentInducedErrors } from './detectors/agent-induced-errors.js';
import { breakFixLoop } from './detectors/break-fix-loop.js';
import type { Detector, DetectorContext, Finding } from './detectors/detector.js';
import { highErrorDensity } from './detectors/high-error-density.js';
import { performanceRegression } from './detectors/performance-regression.js';
import { retryStorm } from './detectors/retry-storm.js';
import { stuckAgent } from './detectors/stuck-agent.js';
import { toolFailureStreak } from './detectors/tool-failure-streak.js';
import type { Trace } from './trace.js';

/** The more specific first: what it explains, the ones after it do not tell again. */
export const DETECTORS: readonly Detector[] = [
  retryStorm,
  breakFixLoop,
  toolFailureStreak,
  agentInducedErrors,
  stuckAgent,
  highErrorDensity,
  performanceRegression,
];

const MAX_EVIDENCE = 50;
/** Per detector. */
const MAX_FINDINGS = 25;

/** All insights into a session, in the order of the detectors. */
export function detectInsights(trace: Trace, context: Omit<DetectorContext, 'explained'>): InsightDraft[] {
  const explained = new Set<string>();
  return DETECTORS.flatMap((detector) => {
    const findings = detector.detect(trace, { ...context, explained });
    for (const id of findings.flatMap((finding) => finding.evidence)) explained.add(id);
    return worst(findings).map((finding) => toInsight(detector, finding));
  });
}

/** In a very long session only the worst of each kind are worth reading; the order stays that of the session. */
function worst(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  const kept = new Set(findings.toSorted((a, b) => rank(b) - rank(a)).slice(0, MAX_FINDINGS));
  return findings.filter((finding) => kept.has(finding));
}

function toInsight({ name, version, category }: Detector, finding: Finding): InsightDraft {
  const { key, agentId, severity, title, message, evidence, figures } = finding;
  return {
    key: `${name}:${key}`,
    agent_id: agentId,
    severity,
    category,
    title,
    message,
    payload: {
      detector: name,
      version,
      evidence: evidence.slice(0, MAX_EVIDENCE),
      evidence_count: evidence.length,
      figures,
    },
  };
}
