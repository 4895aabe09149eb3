import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { classifyChange } from './changes/classify-change.js';
import { fingerprint } from './fingerprint.js';
import type { Pin, PinWrite } from './pins/pin.js';
import { MOST_PINS, type Pins } from './pins/pins.js';
import { needsChange, type Verdict, weigh } from './weigh.js';

/** A list, judged against what was remembered at one time. */
export interface Round {
  readonly verdicts: ReadonlyMap<ToolDefinition, Verdict>;
  /** Approved definitions of tools that say something else now, by name. */
  readonly approved: ReadonlyMap<string, ToolDefinition>;
  readonly writes: readonly PinWrite[];
}

const FULL: Verdict = { offer: 'nothing', reason: `more than ${MOST_PINS} tools have been seen here` };

/** @param known approved definitions that need not be read again */
export async function judgeList(
  spec: UpstreamSpec,
  listed: readonly ToolDefinition[],
  store: Pins,
  known: ReadonlyMap<string, ToolDefinition> = new Map(),
): Promise<Round> {
  const pins = await store.of(spec.name);
  const approved = await approvedOf(spec.name, listed, pins, store, known);
  const verdicts = new Map<ToolDefinition, Verdict>();
  const writes: PinWrite[] = [];
  let room = MOST_PINS - pins.size;
  for (const tool of listed) {
    const pin = pins.get(tool.name);
    const old = approved.get(tool.name);
    const change = old && needsChange(tool, pin) ? classifyChange(old, tool) : undefined;
    const verdict = !pin && --room < 0 ? FULL : weigh(tool, pin, spec, change);
    verdicts.set(tool, verdict);
    if (verdict.write) writes.push(verdict.write);
  }
  const names = new Set(listed.map(({ name }) => name));
  for (const { tool, revision, offered } of pins.values()) {
    if (offered && !names.has(tool)) writes.push({ tool, revision, take: 'keep', offered: false });
  }
  return { verdicts, approved, writes };
}

/** Of the tools that say something else than what was approved: what that was. */
async function approvedOf(
  upstream: string,
  listed: readonly ToolDefinition[],
  pins: ReadonlyMap<string, Pin>,
  store: Pins,
  known: ReadonlyMap<string, ToolDefinition>,
): Promise<ReadonlyMap<string, ToolDefinition>> {
  const approved = new Map<string, ToolDefinition>();
  const missing: string[] = [];
  for (const tool of listed) {
    const sha256 = pins.get(tool.name)?.approvedSha256;
    if (typeof sha256 !== 'string' || sha256 === fingerprint(tool)) continue;
    const old = known.get(tool.name);
    if (old && fingerprint(old) === sha256) approved.set(tool.name, old);
    else missing.push(tool.name);
  }
  if (missing.length === 0) return approved;
  const definitions = await store.definitions(upstream, missing);
  for (const [name, { approved: old }] of definitions) if (old) approved.set(name, old);
  return approved;
}
