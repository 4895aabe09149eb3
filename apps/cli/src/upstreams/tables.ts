import Table from 'cli-table3';
import { plainText } from '../terminal.js';
import type { UpstreamDetail, UpstreamOut, UpstreamTrial } from './upstreams-client.js';

const LONGEST_NOTE = 160;

/** All of them, a line each. */
export function renderList(upstreams: readonly UpstreamOut[]): string {
  if (upstreams.length === 0) return 'There are no upstreams yet. Add one: achilles upstreams add <name> <address>\n';
  const rows = upstreams.map((one) => [
    one.name,
    one.kind,
    one.origin === 'file' ? 'file' : 'API',
    one.state,
    one.era ?? '–',
    toolsOf(one),
    notesOn(one),
  ]);
  return table(['Name', 'Kind', 'From', 'State', 'Era', 'Tools', 'Note'], rows);
}

export function renderOne(one: UpstreamDetail): string {
  const { breakers, last_seen_at, last_error, connection } = one;
  const rows: [string, string | undefined][] = [
    ['Name', one.name],
    ['State', `${one.state}${one.enabled ? '' : ' (disabled)'}${one.required ? ', required' : ''}`],
    ['Kind', [one.kind, one.era, one.protocol_version].filter(Boolean).join(', ')],
    ['Where', one.url],
    ['From', one.origin === 'file' ? 'the file of upstreams' : `the API, revision ${one.revision}, ${changeOf(one)}`],
    ['About', one.description],
    ['Tools', toolsOf(one)],
    ['Breakers', `${breakers.closed} closed, ${breakers.open} open, ${breakers.half_open} half open`],
    ['Last seen', last_seen_at],
    ['Last error', last_error],
    ['Connection', Object.keys(connection).length > 0 ? JSON.stringify(connection) : undefined],
    ['Entry', one.entry && JSON.stringify(one.entry)],
  ];
  const head = rows.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name.padEnd(12)}${plainText(value)}`],
  );
  if (one.withheld.length === 0) return `${head.join('\n')}\n`;
  const kept = one.withheld.map(({ name, state, reason }) => [plainText(name), state, plainText(reason)]);
  return `${head.join('\n')}\n\nNot offered\n${table(['Name', 'State', 'Why'], kept)}`;
}

export function renderTrial({ steps }: UpstreamTrial): string {
  const rows = steps.map(({ step, ok, ms, detail }) => [step, ok ? 'ok' : 'FAILED', `${ms} ms`, plainText(detail)]);
  return table(['Step', '', 'Took', 'Found'], rows);
}

function toolsOf({ tools: { offered, withheld } }: UpstreamOut): string {
  return withheld === 0 ? String(offered) : `${offered}, ${withheld} withheld`;
}

function notesOn({ last_error, breakers, state, url }: UpstreamOut): string {
  const open = breakers.open > 0 ? `${breakers.open} of its breakers open` : undefined;
  const error = state === 'away' || state === 'degraded' ? last_error : undefined;
  const note = plainText([error, open].filter(Boolean).join('; ') || (url ?? ''));
  return note.length > LONGEST_NOTE ? `${note.slice(0, LONGEST_NOTE)}…` : note;
}

const changeOf = ({ updated_at, updated_by }: UpstreamDetail) => `${updated_at ?? ''} by ${updated_by ?? 'nobody'}`;

function table(head: string[], rows: string[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return `${drawn.toString()}\n`;
}
