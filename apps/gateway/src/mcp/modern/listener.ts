import type { Caller } from '#core/caller.js';
import type { Change } from '#gateway/tools/changes.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { EventStream } from '../event-stream.js';
import { type JsonRpcId, notificationMessage, resultMessage } from '../json-rpc.js';
import type { ListKind, OwnLists } from '../own-lists.js';
import { SERVER_META } from '../result-form.js';

/** What one subscription wants to hear of: `SubscriptionFilter` of MCP, as far as it is honoured. */
export interface Wanted {
  readonly lists: readonly ListKind[];
  readonly uris: ReadonlySet<string>;
}

/** One open `subscriptions/listen`. Every message names the request that opened it. */
export class Listener {
  /** What the caller saw of each list when it was last told. */
  private readonly seen = new Map<ListKind, string | undefined>();
  private readonly dirty = new Set<ListKind>();
  private readonly meta: object;
  private acknowledged = false;
  private looking = false;

  constructor(
    readonly id: JsonRpcId,
    private readonly who: { readonly caller: Caller; readonly mount: Mount },
    private readonly wanted: Wanted,
    private readonly stream: EventStream,
    private readonly lists: OwnLists,
  ) {
    this.meta = { 'io.modelcontextprotocol/subscriptionId': id };
  }

  /** Acknowledges, before anything else is said. What changes meanwhile is told right after. */
  async start(): Promise<void> {
    const { lists, uris } = this.wanted;
    for (const kind of lists) this.seen.set(kind, await this.fingerprint(kind));
    this.tell('notifications/subscriptions/acknowledged', {
      notifications: {
        ...Object.fromEntries(lists.map((kind) => [`${kind}ListChanged`, true])),
        ...(uris.size > 0 && { resourceSubscriptions: [...uris] }),
      },
    });
    this.acknowledged = true;
    await this.look();
  }

  hear(change: Change): void {
    if (change.kind !== 'resource') {
      if (!this.wanted.lists.includes(change.kind)) return;
      this.dirty.add(change.kind);
      void this.look();
    } else if (this.acknowledged && this.wanted.uris.has(change.uri) && this.mayHearOf(change)) {
      this.tell('notifications/resources/updated', { uri: change.uri });
    }
  }

  /** Ends it as a request ends: with its result. */
  end(): void {
    const result = { resultType: 'complete', _meta: { ...SERVER_META, ...this.meta } };
    this.stream.send({ data: resultMessage(this.id, result) });
    this.stream.end();
  }

  /** Tells of the lists that are others than before; one after the other, so that a burst of changes is one look. */
  private async look(): Promise<void> {
    if (this.looking || !this.acknowledged) return;
    this.looking = true;
    for (const kind of this.dirty) {
      this.dirty.delete(kind);
      const now = await this.fingerprint(kind);
      if (now !== undefined && now === this.seen.get(kind)) continue;
      this.seen.set(kind, now);
      this.tell(`notifications/${kind}/list_changed`, {});
    }
    this.looking = false;
  }

  /** A list that cannot be looked at now may have changed. */
  private fingerprint(kind: ListKind): Promise<string | undefined> {
    return this.lists.fingerprint(this.who.mount, kind, 'modern', this.who.caller).catch(() => undefined);
  }

  private mayHearOf({ tenant, mount }: Change & { readonly kind: 'resource' }): boolean {
    const isTenants = tenant === undefined || tenant === this.who.caller.tenant;
    return isTenants && (mount === undefined || mount === this.who.mount.path);
  }

  private tell(method: string, params: object): void {
    this.stream.send({ data: notificationMessage(method, { ...params, _meta: this.meta }) });
  }
}
