import { Logger } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { isVisible, type Visibility } from '#gateway/tools/tool-directory.js';
import type { PromptDefinition, ResourceDefinition, ResourceTemplate } from '#gateway/tools/tool-source.js';
import type { ParkedCalls } from './bridging/parked-calls.js';
import type { Credentials } from './credentials/credentials.js';
import type { Definitions, Withheld } from './definitions/definitions.js';
import { RefreshTimer } from './refresh-timer.js';
import { UpstreamCalls } from './upstream-calls.js';
import type { UpstreamConnection, UpstreamNews } from './upstream-connection.js';
import { type ListName, ListReader, type UpstreamLists } from './upstream-lists.js';
import { isSelected } from './upstream-terms.js';
import { UpstreamTool } from './upstream-tool.js';
import { TOGETHER, VERBATIM } from './upstream-view.js';

/** How long a look at an upstream may take: those who list meanwhile see what it last offered. */
const LOOK_MS = 10_000;

export type UpstreamState = 'connecting' | 'connected' | 'away' | 'disabled';

/** What an upstream needs of the gateway. */
export interface UpstreamParts {
  readonly connection: UpstreamConnection;
  readonly definitions: Definitions;
  readonly credentials: Credentials;
  readonly parked: ParkedCalls;
  /** Called when one of its lists has become another, or one of its resources (its own address) holds something else. */
  readonly changed: (upstream: Upstream, news: UpstreamNews) => void;
}

/** What it offers, under its own names. */
interface Offer extends Omit<UpstreamLists, 'tools'> {
  /** Under the names of `/mcp`, and verbatim. */
  readonly mounted: readonly UpstreamTool[];
  readonly verbatim: readonly UpstreamTool[];
}

const NOTHING: Offer = { mounted: [], verbatim: [], prompts: [], resources: [], templates: [] };

/** One upstream, and what it last said that it offers. It is looked at in the background; nobody waits for it. */
export class Upstream {
  readonly calls: UpstreamCalls;
  readonly connection: UpstreamConnection;
  /** Resolves when it has been looked at for the first time, however that ended. */
  readonly looked: Promise<void>;
  readonly visibility: Visibility;
  state: UpstreamState = 'connecting';
  lastError: string | undefined;
  /** Milliseconds since the epoch. */
  lastSeenAt: number | undefined;
  withheld: readonly Withheld[] = [];
  private readonly logger = new Logger('Upstreams');
  private readonly reader: ListReader;
  private readonly timer: RefreshTimer;
  private readonly closing = new AbortController();
  private readonly stopListening: () => void;
  private offer: Offer = NOTHING;
  private text = '';
  private flight: Promise<void> | undefined;
  private again = false;

  constructor(
    readonly spec: UpstreamSpec,
    private readonly parts: UpstreamParts,
  ) {
    const { connection, parked } = parts;
    this.connection = connection;
    this.calls = new UpstreamCalls(spec, connection, parked);
    this.reader = new ListReader(spec.name, connection);
    this.visibility = {
      tier: spec.tier,
      scopes: spec.scopes,
      ...(spec.tenants && { tenants: new Set(spec.tenants) }),
    };
    this.timer = new RefreshTimer(spec.refresh_seconds * 1_000, () => void this.refresh());
    this.stopListening = connection.listen((news) => this.hear(news));
    this.looked = this.refresh();
  }

  get name(): string {
    return this.spec.name;
  }

  get mountedTools(): readonly UpstreamTool[] {
    return this.offer.mounted;
  }

  get verbatimTools(): readonly UpstreamTool[] {
    return this.offer.verbatim;
  }

  get prompts(): readonly PromptDefinition[] {
    return this.offer.prompts;
  }

  get templates(): readonly ResourceTemplate[] {
    return this.offer.templates;
  }

  /** Whether this caller may see its resources and prompts, and that it is there at all. */
  isVisibleTo(caller: Caller): boolean {
    return isVisible(this.visibility, caller);
  }

  /** As they were last seen; where each caller has a credential of its own, as this one sees them. */
  async resourcesFor(caller: Caller, signal: AbortSignal): Promise<readonly ResourceDefinition[]> {
    if (!this.parts.credentials.isPerCaller(this.spec)) return this.offer.resources;
    return this.othersOf(await this.reader.one<ResourceDefinition>('resources', caller, signal));
  }

  /** Looks at it now; resolves when it has been looked at, however that ended. Of several at once one is made. */
  refresh(): Promise<void> {
    if (this.flight) {
      this.again = true;
      return this.flight;
    }
    const flight = this.look().finally(() => {
      this.flight = undefined;
      if (!this.again) return;
      this.again = false;
      void this.refresh();
    });
    return (this.flight = flight);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the upstream is closed'));
    this.timer.stop();
    this.stopListening();
    await this.connection.close();
  }

  private hear(news: UpstreamNews): void {
    if (news.kind === 'resource') this.parts.changed(this, news);
    else void this.refresh();
  }

  private async look(): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(LOOK_MS)]);
    try {
      // What was approved before can be offered before it has been asked.
      if (this.state === 'connecting' && this.text === '') await this.recall();
      await this.take(await this.reader.all(undefined, signal));
      if (this.state !== 'connected') this.logger.log(`${this.name} is there: ${this.offer.mounted.length} tools`);
      this.state = 'connected';
      this.lastError = undefined;
      this.lastSeenAt = Date.now();
      this.timer.succeeded();
    } catch (error) {
      if (this.closing.signal.aborted) return;
      const reason = (error as Error).message;
      if (this.lastError !== reason) this.logger.warn(`${this.name} is away: ${reason}`);
      this.state = 'away';
      this.lastError = reason;
      this.timer.failed();
    }
  }

  private async recall(): Promise<void> {
    const tools = await this.parts.definitions.lastKnown(this.spec);
    if (tools.length > 0) this.exchange({ tools, prompts: [], resources: [], templates: [] });
  }

  private async take(lists: UpstreamLists): Promise<void> {
    const { definitions } = this.parts;
    const selected = lists.tools.filter(({ name }) => isSelected(this.spec, name));
    const judged = await definitions.tools(this.spec, selected);
    const others = definitions.others(this.spec, lists.prompts);
    this.withheld = [...judged.withheld, ...others.withheld];
    this.exchange({
      tools: judged.offered,
      prompts: others.offered,
      resources: this.othersOf(lists.resources),
      templates: this.othersOf(lists.templates),
    });
  }

  private othersOf<T extends JsonObject>(items: readonly T[]): readonly T[] {
    return this.parts.definitions.others(this.spec, items).offered;
  }

  /** Tools that stay the same stay the same objects: what is known of them goes on. */
  private exchange(lists: UpstreamLists): void {
    const before = this.text === '' ? undefined : (JSON.parse(this.text) as Record<ListName, string>);
    const texts = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, JSON.stringify(list)]));
    const isOther = (name: ListName) => before?.[name] !== texts[name];
    this.text = JSON.stringify(texts);
    const { mounted, verbatim } = isOther('tools') ? this.makeTools(lists.tools) : this.offer;
    this.offer = { ...lists, mounted, verbatim };
    if (isOther('tools')) this.parts.changed(this, { kind: 'tools' });
    if (isOther('prompts')) this.parts.changed(this, { kind: 'prompts' });
    if (isOther('resources') || isOther('templates')) this.parts.changed(this, { kind: 'resources' });
  }

  private makeTools(tools: UpstreamLists['tools']): Pick<Offer, 'mounted' | 'verbatim'> {
    const known = new Map(this.offer.mounted.map((tool) => [tool.own.name, tool]));
    const mounted = tools.map((own) => {
      const before = known.get(own.name);
      const isSame = before && JSON.stringify(before.own) === JSON.stringify(own);
      return isSame ? before : new UpstreamTool(this.spec, own, TOGETHER, this.calls);
    });
    const same = new Map(this.offer.verbatim.map((tool) => [tool.aliasOf, tool]));
    const verbatim = mounted.map(
      (tool) => same.get(tool) ?? new UpstreamTool(this.spec, tool.own, VERBATIM, this.calls, tool),
    );
    return { mounted, verbatim };
  }
}
