import { Logger } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import { isVisible, type Visibility } from '#gateway/tools/tool-directory.js';
import type { PromptDefinition, ResourceDefinition, ResourceTemplate } from '#gateway/tools/tool-source.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import type { ParkedCalls } from './bridging/parked-calls.js';
import type { Credentials } from './credentials/credentials.js';
import type { Definitions, Withheld } from './definitions/definitions.js';
import { CONNECT, connected } from './connect-tool.js';
import { RefreshTimer } from './refresh-timer.js';
import { UpstreamCalls } from './upstream-calls.js';
import type { UpstreamConnection, UpstreamNews } from './upstream-connection.js';
import { ListReader, type UpstreamLists } from './upstream-lists.js';
import { isSelected } from './upstream-terms.js';
import { UpstreamOffer } from './upstream-offer.js';
import type { CarryTool, UpstreamTool } from './upstream-tool.js';

/** A call that does not reach it is a reason to look, but not each of a thousand. */
const MISSED_MS = 5_000;

/** How long a look at an upstream may take: those who list meanwhile see what it last offered. */
const LOOK_MS = 30_000;

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
  /** Each caller has a credential of its own. */
  private readonly isPerCaller: boolean;
  private readonly reader: ListReader;
  private readonly timer: RefreshTimer;
  private readonly closing = new AbortController();
  private readonly stopListening: () => void;
  private readonly offer: UpstreamOffer;
  private flight: Promise<void> | undefined;
  private again = false;
  private lookedAt = 0;
  /** It has said itself what it offers, to this process. */
  private hasSaid = false;
  /** Who was let in last, where each caller has a credential of its own. */
  private guest: Caller | undefined;

  constructor(
    readonly spec: UpstreamSpec,
    private readonly parts: UpstreamParts,
  ) {
    const { connection, parked } = parts;
    this.connection = connection;
    this.calls = new UpstreamCalls(spec, connection, parked, () => this.missed());
    this.offer = new UpstreamOffer(spec, (own) => (own === CONNECT ? this.connect : this.callTool));
    this.isPerCaller = parts.credentials.isPerCaller(spec);
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
    return this.offer.lists.prompts;
  }

  get templates(): readonly ResourceTemplate[] {
    return this.offer.lists.templates;
  }

  /** Milliseconds that its list of tools may be kept, where it says so. */
  get ttlMs(): number | undefined {
    return this.offer.lists.ttlMs;
  }

  /** Whether this caller may see its resources and prompts, and that it is there at all. */
  isVisibleTo(caller: Caller): boolean {
    return isVisible(this.visibility, caller);
  }

  /** As they were last seen; where each caller has a credential of its own, as this one sees them. */
  async resourcesFor(caller: Caller, signal: AbortSignal): Promise<readonly ResourceDefinition[]> {
    if (!this.isPerCaller) return this.offer.lists.resources;
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

  /** Somebody whom the upstream may know wants to see what there is. @throws ConnectNeeded, and what the connection throws */
  private async introduce(caller: Caller, signal: AbortSignal): Promise<readonly string[]> {
    await this.take(await this.reader.all(caller, signal));
    this.guest = caller;
    this.found();
    return this.offer.mounted.map(({ definition }) => definition.name);
  }

  private readonly callTool: CarryTool = async ({ own, idempotent }, call) => {
    const { caller, arguments: args, signal, channel } = call;
    const params = { name: own.name, arguments: args };
    const request = { method: 'tools/call', params, caller, signal, channel, idempotent, definition: own };
    const result = await this.calls.carry(request);
    if (this.isPerCaller && !this.guest && !isInputRequired(result)) this.welcome(caller);
    return result;
  };

  /** Whoever is let in can say what there is now. */
  private welcome(caller: Caller): void {
    this.guest = caller;
    void this.refresh();
  }

  private readonly connect: CarryTool = (_tool, call) =>
    this.calls.connecting(call, async () => connected(await this.introduce(call.caller, call.signal)));

  private missed(): void {
    if (this.state === 'connected' && performance.now() - this.lookedAt > MISSED_MS) void this.refresh();
  }

  private hear(news: UpstreamNews): void {
    if (news.kind === 'resource') this.parts.changed(this, news);
    else void this.refresh();
  }

  private async look(): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(LOOK_MS)]);
    this.lookedAt = performance.now();
    try {
      // What was approved before, or is known to another replica, can be offered before it has been asked.
      if (!this.hasSaid) await this.recall();
      if (this.isPerCaller && !this.guest) return this.awaitGuest();
      await this.take(await this.reader.all(this.guest, signal));
      this.found();
    } catch (error) {
      if (this.closing.signal.aborted) return;
      // It is there; whoever was let in is not any more. Somebody else will be.
      if (this.guest && !(error instanceof BackendUnavailable || signal.aborted)) {
        this.guest = undefined;
        return;
      }
      const reason = (error as Error).message;
      if (this.lastError !== reason) this.logger.warn(`${this.name} is away: ${reason}`);
      this.state = 'away';
      this.lastError = reason;
      this.timer.failed();
    }
  }

  private found(): void {
    if (this.state !== 'connected') this.logger.log(`${this.name} is there: ${this.offer.mounted.length} tools`);
    this.state = 'connected';
    this.lastError = undefined;
    this.lastSeenAt = Date.now();
    this.timer.succeeded(this.ttlMs);
  }

  /** What there is only somebody can say whom it knows. */
  private awaitGuest(): void {
    this.lastError = 'nobody has connected yet';
    // Somebody may connect at another replica, and the news of it be lost.
    this.timer.succeeded();
    if (!this.offer.known) this.exchange({ tools: [CONNECT], prompts: [], resources: [], templates: [] });
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
      ...(lists.ttlMs !== undefined && { ttlMs: lists.ttlMs }),
    });
    if (this.isPerCaller && !this.hasSaid) void definitions.firstSaid(this.name);
    this.hasSaid = true;
  }

  private othersOf<T extends JsonObject>(items: readonly T[]): readonly T[] {
    return this.parts.definitions.others(this.spec, items).offered;
  }

  private exchange(lists: UpstreamLists): void {
    for (const kind of this.offer.exchange(lists)) this.parts.changed(this, { kind });
  }
}
