import type { Caller } from '#core/caller.js';
import type { Change, Changes } from '#gateway/tools/changes.js';
import type { EventStream } from '../event-stream.js';
import type { EventLog } from './event-log.js';
import type { LegacySession } from './legacy-session.js';
import { type Fingerprints, UNKNOWN } from './fingerprints.js';

/** Milliseconds after which a client should come back for the rest. */
const RETRY_MS = 1_000;

/**
 * What a session hears without having asked just then. It outlives its connection for a while: what happens meanwhile is
 * kept, and told when the client comes back with the id of the last event that it has.
 */
export class SessionStream {
  /** What it hears of, each with how to stop. */
  private readonly wanted = new Map<string, () => void>();
  /** As the client knows them; undefined while that is being found out. */
  lists: Fingerprints | undefined;
  private connection: EventStream | undefined;
  private of: Caller | undefined;
  private ended = false;
  /** Events go out in the order in which they were told, though each waits to be kept. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly session: LegacySession,
    private readonly log: EventLog,
    private readonly changes: Changes,
  ) {}

  get connected(): boolean {
    return this.connection?.open === true;
  }

  /** As it came with the last connection. */
  get caller(): Caller {
    return this.of!;
  }

  connect(connection: EventStream, caller: Caller): void {
    this.connection = connection;
    this.of = caller;
  }

  /** From now on it hears of these resources, and of no other. */
  want(uris: ReadonlySet<string>): void {
    if (this.ended) return;
    for (const [uri, stop] of this.wanted) {
      if (uris.has(uri)) continue;
      stop();
      this.wanted.delete(uri);
    }
    const { mount } = this.session;
    for (const uri of uris) if (!this.wanted.has(uri)) this.wanted.set(uri, this.changes.want({ mount, uri }));
  }

  wants({ uri, tenant, mount }: Change & { readonly kind: 'resource' }): boolean {
    if (!this.wanted.has(uri) || (mount !== undefined && mount !== this.session.mount)) return false;
    return tenant === undefined || tenant === this.caller.tenant;
  }

  /** Sends what the client has missed. @param lastEventId the last event that it has @param primes tells it where it stands */
  resume(lastEventId: string | undefined, primes: boolean): Promise<void> {
    return this.inOrder(async () => {
      const events = lastEventId === undefined ? [] : await this.log.from(this.session.id, lastEventId);
      for (const { id, message } of events.slice(1)) if (message !== '') this.connection?.send({ data: message, id });
      // Where nothing is known of what the client has, any list may be another.
      if (lastEventId !== undefined) this.lists = events.at(-1)?.lists ?? UNKNOWN;
      if (!primes) return;
      const id = await this.log.append(this.session.id, { message: '', lists: this.lists ?? UNKNOWN });
      if (id !== undefined) this.connection?.send({ data: '', id, retry: RETRY_MS });
    });
  }

  tell(message: string): Promise<void> {
    return this.inOrder(async () => {
      const id = await this.log.append(this.session.id, { message, lists: this.lists ?? UNKNOWN });
      this.connection?.send({ data: message, ...(id !== undefined && { id }) });
    });
  }

  end(): void {
    this.want(new Set());
    this.ended = true;
    this.connection?.end();
  }

  private inOrder(work: () => Promise<void>): Promise<void> {
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }
}
