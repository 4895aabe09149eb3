import { inducedErrors } from '../agent-performance.js';
import type { Correlation } from '../correlations.js';
import type { Detector, Finding } from './detector.js';
import { count, errorLine, inFiles, listErrors, quoted } from './wording.js';

const MIN_ERRORS = 2;
const SEVERAL_ERRORS = 3;
const MANY_ERRORS = 5;
const MAX_LISTED = 5;

/** Errors that an agent's own actions brought about and that no loop, storm or streak already tells of. */
export const agentInducedErrors: Detector = {
  name: 'agent-induced-errors',
  version: 1,
  category: 'quality',
  detect: (trace, { correlations, explained }) => {
    const untold = inducedErrors(correlations).filter(({ error }) => !explained.has(error.eventId));
    const byAgent = Map.groupBy(untold, ({ cause }) => cause.agentId!);
    return [...byAgent]
      .filter(([, induced]) => induced.length >= MIN_ERRORS)
      .map(([agentId, induced]) => describe(agentId, induced, trace.errors.length));
  },
};

function describe(agentId: string, induced: readonly Correlation[], allErrors: number): Finding {
  const total = induced.length;
  const rejected = induced.filter(({ type }) => type === 'rejected_edit').length;
  const onlyRejected = rejected === total;
  const where = inFiles(induced.flatMap(({ cause }) => cause.files.slice(0, 1)));
  const errors = induced.map(({ error }) => error);
  return {
    key: agentId,
    agentId,
    severity: onlyRejected || total < SEVERAL_ERRORS ? 'low' : total < MANY_ERRORS ? 'medium' : 'high',
    title: onlyRejected
      ? `${count(total, 'edit')} by ${agentId} ${total === 1 ? 'was' : 'were'} rejected${where}`
      : `${count(total, 'error')} came from what ${agentId} did${where}`,
    message: onlyRejected
      ? `${total} of the session's ${count(allErrors, 'error')} are edits that were refused${where}: ${listErrors(errors)}. ` +
        'Nothing broke, but they were made without a right view of the file: see what the agent had open before each.'
      : `${total} of the session's ${count(allErrors, 'error')} followed from the agent's own actions: ` +
        `${induced.slice(0, MAX_LISTED).map(causeAndEffect).join('; ')}${total > MAX_LISTED ? '; and more' : ''}. ` +
        'Review these actions first.',
    evidence: induced.flatMap(({ cause, error }) => [cause.eventId, error.eventId]),
    figures: { induced_errors: total, rejected_edits: rejected, errors: allErrors },
  };
}

const causeAndEffect = ({ cause, error }: Correlation) =>
  `"${errorLine(error)}" ${error.action === cause ? 'from' : 'after'} ${quoted(cause.label)}`;
