import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { UpstreamRegistry } from '../upstream-registry.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import { UpstreamTool } from '../upstream-tool.js';
import { UpstreamNotFound } from '../upstreams.errors.js';
import { classifyChange } from './changes/classify-change.js';
import { DefinitionChanged, DefinitionNotFound, NothingPending } from './definitions.errors.js';
import type { DefinitionEntryOut, DefinitionOut } from './definitions.models.js';
import { Definitions } from './definitions.js';
import type { Withheld } from './judged.js';
import { flagsOf } from './mentions.js';
import { pendingTag } from './pins/pending-tag.js';
import type { Decided, Decision, PendingClass, Pin, PinnedDefinitions } from './pins/pin.js';
import { Pins } from './pins/pins.js';

/** What an administrator sees of definitions, and says of them. */
@Injectable()
export class DefinitionReviews {
  constructor(
    private readonly pins: Pins,
    private readonly definitions: Definitions,
    private readonly news: ReplicaNews,
    private readonly directory: ToolDirectory,
    private readonly registry: UpstreamRegistry,
  ) {}

  /** By name, those that are left out last. @throws UpstreamNotFound */
  async list(upstream: string): Promise<{ readonly definitions: readonly DefinitionEntryOut[]; readonly tag: string }> {
    const pins = await this.known(upstream);
    const texts = await this.pins.definitions(upstream);
    const others = this.namesOfOthers(upstream);
    const own = new Set(pins.keys());
    const entries = [...pins.values()].map((pin) => entryOf(pin, texts.get(pin.tool) ?? {}, others, own));
    const left = this.definitions.excluded(upstream).map(leftOut);
    return { definitions: [...entries, ...left], tag: pendingTag(pins.values()) };
  }

  /** @throws UpstreamNotFound, DefinitionNotFound */
  async one(upstream: string, tool: string): Promise<DefinitionOut> {
    const pins = await this.known(upstream);
    const pin = pins.get(tool);
    if (!pin) throw new DefinitionNotFound(upstream, tool);
    const texts = (await this.pins.definitions(upstream, [tool])).get(tool) ?? {};
    const { approved, pending } = texts;
    return {
      ...entryOf(pin, texts, this.namesOfOthers(upstream), new Set(pins.keys())),
      ...(approved && { approved }),
      ...(pending && { pending }),
      changes: approved && pending ? [...classifyChange(approved, pending).changes] : [],
    };
  }

  /**
   * @param sha256 of the pending definition that is decided about
   * @returns undefined where it was decided so before
   * @throws UpstreamNotFound, DefinitionNotFound, NothingPending, DefinitionChanged
   */
  async decide(
    caller: Caller,
    upstream: string,
    tool: string,
    sha256: string,
    decision: Decision,
  ): Promise<Decided | undefined> {
    await this.known(upstream);
    const result = await this.pins.decide(upstream, tool, sha256, decision, nameOf(caller));
    switch (result.outcome) {
      case 'unknown':
        throw new DefinitionNotFound(upstream, tool);
      case 'nothing_pending':
        throw new NothingPending(upstream, tool);
      case 'other':
        throw new DefinitionChanged(upstream, result.pending);
      case 'unchanged':
        return undefined;
      case 'decided':
        await this.news.tell({ kind: 'definitions', name: upstream });
        return result.decided;
      default:
        return result satisfies never;
    }
  }

  /** @param tag of the list that was looked at @throws UpstreamNotFound, DefinitionChanged */
  async approveAll(
    caller: Caller,
    upstream: string,
    classes: readonly PendingClass[],
    tag: string,
  ): Promise<readonly Decided[]> {
    await this.known(upstream);
    const decided = await this.pins.approveAll(upstream, classes, tag, nameOf(caller));
    if (!decided) throw new DefinitionChanged(upstream);
    if (decided.length > 0) await this.news.tell({ kind: 'definitions', name: upstream });
    return decided;
  }

  /** An upstream that is gone still has what was approved of it, until it comes back. */
  private async known(upstream: string): Promise<ReadonlyMap<string, Pin>> {
    const pins = await this.pins.of(upstream);
    const isConfigured = this.registry.find(upstream) ?? this.registry.disabled.find(({ name }) => name === upstream);
    if (pins.size === 0 && !isConfigured) throw new UpstreamNotFound(upstream);
    return pins;
  }

  private namesOfOthers(upstream: string): ReadonlySet<string> {
    const names = new Set<string>();
    for (const tool of this.directory.all()) {
      if (tool.upstream === upstream) continue;
      names.add(tool.definition.name);
      if (tool instanceof UpstreamTool) names.add(tool.own.name);
    }
    return names;
  }
}

const nameOf = ({ subject, tenant }: Caller): string => `${subject} of ${tenant}`;

const leftOut = ({ name, reason }: Withheld): DefinitionEntryOut => ({
  tool: name,
  state: 'excluded',
  offered: false,
  classes: [],
  harmless: false,
  flags: [],
  mentions: [],
  reason,
});

function entryOf(
  pin: Pin,
  { approved, pending }: PinnedDefinitions,
  others: ReadonlySet<string>,
  own: ReadonlySet<string>,
): DefinitionEntryOut {
  const shown: ToolDefinition | undefined = pending ?? approved;
  const { flags, mentions } = shown ? flagsOf(shown, others, own) : { flags: [], mentions: [] };
  return {
    tool: pin.tool,
    state: pin.state,
    offered: pin.offered,
    classes: [...pin.classes],
    harmless: pin.harmless,
    flags: [...flags],
    mentions: [...mentions],
    ...(pin.approvedSha256 !== null && { approved_sha256: pin.approvedSha256 }),
    ...(pin.pendingSha256 !== null && { pending_sha256: pin.pendingSha256 }),
    first_seen: pin.firstSeen.toISOString(),
    ...(pin.changedAt && { changed_at: pin.changedAt.toISOString() }),
    ...(pin.decidedAt && { decided_at: pin.decidedAt.toISOString() }),
    ...(pin.decidedBy !== null && { decided_by: pin.decidedBy }),
  };
}
