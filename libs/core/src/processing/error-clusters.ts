import type { ClusterDraft } from './analysis.js';
import { normaliseError } from './normalise-error.js';
import { type Template, TemplateMiner } from './template-miner.js';
import type { Trace, TracedError } from './trace.js';

const MAX_FILES = 20;
const MAX_TOOLS = 20;

/** One cluster per error type and final template, in the order of their first occurrence. */
export function clusterErrors(trace: Trace): ClusterDraft[] {
  const miner = new TemplateMiner();
  const templates = new Map<TracedError, Template>();
  for (const error of trace.errors) templates.set(error, miner.add(normaliseError(error.text)));
  // Only now have the templates stopped changing.
  const textOf = (error: TracedError) => templates.get(error)!.tokens.join(' ');
  const groups = Map.groupBy(trace.errors, (error) => JSON.stringify([textOf(error), error.type]));
  return [...groups.values()].map((errors) => describe(errors, textOf(errors[0]!)));
}

function describe(errors: readonly TracedError[], template: string): ClusterDraft {
  const first = errors[0]!;
  return {
    normalized_error: template,
    error_type: first.type,
    representative_event_id: first.eventId,
    occurrence_count: errors.length,
    first_seen_at: new Date(first.at).toISOString(),
    last_seen_at: new Date(errors.at(-1)!.at).toISOString(),
    metadata: {
      sample: first.text,
      files: distinct(
        errors.flatMap((error) => error.files),
        MAX_FILES,
      ),
      tools: distinct(
        errors.map((error) => error.action?.tool ?? error.action?.eventType ?? 'error'),
        MAX_TOOLS,
      ),
    },
  };
}

const distinct = (values: readonly string[], limit: number) => [...new Set(values)].slice(0, limit);
