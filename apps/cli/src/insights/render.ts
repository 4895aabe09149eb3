import Table from 'cli-table3';
import type { AgentPerformanceSnapshot } from '#core/agent-performance/agent-performance.js';
import type { ErrorCluster, EventCorrelation } from '#core/error-correlations/error-correlations.js';
import type { InsightOut } from '#core/insights/insights.js';
import type { SessionOut } from '#core/sessions/sessions.js';
import type { EventOut } from '#core/signals/event.js';
import { plainText } from '../terminal.js';
import type { SessionFindings } from './session-findings.js';

/** Correlations that are shown; `--json` has all. */
export const MOST_CAUSES = 15;
const MOST_CLUSTERS = 20;
const LONGEST_TEXT = 400;
const LONGEST_EVENT_TEXT = 160;

const BY_SEVERITY = ['critical', 'high', 'medium', 'low', 'info'];

/** The strongest correlations first; among equals, in the order given. */
export const strongest = (correlations: readonly EventCorrelation[]): EventCorrelation[] =>
  correlations.toSorted((a, b) => b.confidence - a.confidence).slice(0, MOST_CAUSES);

/** The findings as tables that are `width` columns wide. */
export function render(findings: SessionFindings, events: ReadonlyMap<string, EventOut>, width: number): string {
  const { session, insights, clusters, correlations, agent_performance } = findings;
  const sections = [
    renderHead(session),
    section('Insights', insights.length, () => insightTable(insights, width)),
    section('Errors', clusters.length, () => clusterTable(clusters, width)),
    section('Causes', correlations.length, () => causeTable(correlations, events, width)),
    section('Agents', agent_performance.length, () => agentTable(agent_performance, width)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function renderHead(session: SessionOut): string {
  const milestones = Object.entries(session.milestone_breakdown).map(([name, times]) => `${name} × ${times}`);
  const span = session.end_time === null ? session.start_time : `${session.start_time} – ${session.end_time}`;
  const rows: [string, string][] = [
    ['Session', session.external_session_key],
    ['Id', session.id],
    ['Status', `${session.status}, ${span}`],
    ['Events', `${session.event_count}, ${round(session.error_density)} errors per 100`],
    ['Activity', `agent ${percent(session.agent_activity_score)}, human ${percent(session.human_activity_score)}`],
    ...(milestones.length > 0 ? [['Milestones', milestones.join(', ')] as [string, string]] : []),
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)}${plainText(value)}`).join('\n');
}

function section(title: string, size: number, table: () => string): string {
  return size === 0 ? `${title}: none` : `${title} (${size})\n${table()}`;
}

function insightTable(insights: readonly InsightOut[], width: number): string {
  const rank = ({ severity }: InsightOut) => BY_SEVERITY.indexOf(severity);
  const rows = insights
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ severity, title, message }) => [severity, `${text(title)}\n${text(message)}`]);
  return table(['Severity', 'Insight'], [10, 0], rows, width);
}

function clusterTable(clusters: readonly ErrorCluster[], width: number): string {
  const rows = clusters
    .toSorted((a, b) => b.occurrence_count - a.occurrence_count)
    .slice(0, MOST_CLUSTERS)
    .map(({ occurrence_count, error_type, normalized_error, first_seen_at }) => [
      String(occurrence_count),
      text(error_type),
      text(normalized_error),
      timeOfDay(first_seen_at),
    ]);
  return table(['Times', 'Type', 'Error', 'First'], [7, 22, 0, 10], rows, width);
}

function causeTable(
  correlations: readonly EventCorrelation[],
  events: ReadonlyMap<string, EventOut>,
  width: number,
): string {
  const rows = strongest(correlations).map(
    ({ cause_event_id, effect_event_id, confidence, time_delta_ms, file_match }) => [
      percent(confidence),
      eventText(events.get(cause_event_id), cause_event_id),
      eventText(events.get(effect_event_id), effect_event_id),
      `${round(time_delta_ms / 1_000)} s${file_match ? '\nsame file' : ''}`,
    ],
  );
  const half = Math.floor((width - 7 - 11 - 5) / 2);
  return table(['Sure', 'Cause', 'Effect', 'After'], [7, half, 0, 11], rows, width);
}

function agentTable(agents: readonly AgentPerformanceSnapshot[], width: number): string {
  const rows = agents.map((agent) => [
    text(agent.agent_id),
    `${agent.total_actions}`,
    percent(agent.success_rate),
    `${agent.induced_error_count}`,
    `${agent.override_count}`,
    agent.regression_flags.map(text).join('\n') || '–',
  ]);
  return table(
    ['Agent', 'Actions', 'Success', 'Errors', 'Overrides', 'Regressions'],
    [0, 9, 9, 8, 11, 16],
    rows,
    width,
  );
}

/** A table as wide as asked; the column of width 0 takes what the others leave. */
function table(head: string[], widths: number[], rows: string[][], width: number): string {
  const rest = width - (widths.length + 1) - widths.reduce((sum, column) => sum + column, 0);
  const colWidths = widths.map((column) => column || rest);
  const cells = rows.map((row) => row.map((cell, column) => wrapped(cell, colWidths[column]! - 2)));
  const drawn = new Table({ head, colWidths, style: { head: [], border: [] } });
  drawn.push(...cells);
  return drawn.toString();
}

/** Breaks lines at spaces, and inside of words (paths, mostly) that are longer than a line. */
function wrapped(cell: string, width: number): string {
  const pieces = new RegExp(`(?=\\S).{1,${width}}(?= |$)|\\S{${width}}`, 'gu');
  return cell
    .split('\n')
    .flatMap((line) => line.match(pieces) ?? [''])
    .join('\n');
}

function eventText(event: EventOut | undefined, id: string): string {
  if (!event) return id;
  const { command, output, tool } = event.payload ?? {};
  const texts = [event.raw_message, inProject(event), command, output, tool];
  const said = texts.find((part): part is string => typeof part === 'string' && part !== '') ?? '';
  const words = plainText(said.slice(0, LONGEST_TEXT));
  const short = words.length > LONGEST_EVENT_TEXT ? `${words.slice(0, LONGEST_EVENT_TEXT)}…` : words;
  return `${event.event_type} ${timeOfDay(event.client_timestamp)}\n${short}`;
}

/** A file's path from the project's root, where it lies below it. */
function inProject({ file_path: path, project_root: root }: EventOut): string | null {
  return root !== null && path?.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function text(foreign: string): string {
  const words = plainText(foreign.slice(0, 4 * LONGEST_TEXT));
  return words.length > LONGEST_TEXT ? `${words.slice(0, LONGEST_TEXT)}…` : words;
}

const timeOfDay = (instant: string) => instant.slice(11, 19);
const percent = (ratio: number) => `${Math.round(ratio * 100)} %`;
const round = (figure: number) => String(Math.round(figure * 10) / 10);
