import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '#core/caller.js';
import { principalOf } from '#core/principal.js';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { Changes } from '#gateway/tools/changes.js';
import type { Mount } from '#gateway/tools/mount.js';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { EventStream } from '../event-stream.js';
import { RPC, RpcError } from '../json-rpc.js';
import { McpMetrics } from '../mcp.metrics.js';
import { type ListKind, OwnLists } from '../own-lists.js';
import { ResourceMethods } from '../resource-methods.js';
import { type RpcRequest } from '../rpc-message.js';
import { Listener, type Wanted } from './listener.js';

const KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

/** Streams that one principal, and this process, keep open. */
const MOST_PER_PRINCIPAL = 100;
const MOST_OPEN = 10_000;

/** Resources of one subscription. Each is looked at before it is promised. */
const MOST_URIS = 64;

/** A token ends sooner or later; a stream that it opened must too. The client listens again, with a token of that day. */
const LIFETIME_MS = 3_600_000;

const wrong = (message: string) => new RpcError(RPC.INVALID_PARAMS, message);

/** `subscriptions/listen`: who is told of which changes, as long as it stays. */
@Injectable()
export class Listeners {
  private readonly open = new Set<Listener>();
  private readonly perPrincipal = new Map<string, number>();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly lists: OwnLists,
    private readonly resources: ResourceMethods,
    private readonly lifecycle: LifecycleService,
    private readonly metrics: McpMetrics,
  ) {
    metrics.listening = () => this.open.size;
    lifecycle.stopping.addEventListener('abort', () => {
      for (const listener of this.open) listener.end();
    });
  }

  /** Opens a stream, or refuses to. @throws RpcError */
  async listen(reply: FastifyReply, { id, method, params }: RpcRequest, mount: Mount, caller: Caller): Promise<void> {
    const began = performance.now();
    const filter = readFilter(params);
    const principal = principalOf(caller);
    this.admit(principal);
    this.count(principal, 1);
    let left = false;
    reply.raw.once('close', () => {
      left = true;
      this.count(principal, -1);
    });
    const wanted = await this.honoured(filter, mount, caller);
    if (left) return;
    const listener = new Listener(id, { caller, mount }, wanted, new EventStream(reply), this.lists);
    const lifetime = setTimeout(() => listener.end(), LIFETIME_MS).unref();
    this.add(listener);
    const stops = [...wanted.uris].map((uri) => this.changes.want({ mount: mount.path, uri }));
    reply.raw.once('close', () => {
      clearTimeout(lifetime);
      for (const stop of stops) stop();
      this.remove(listener);
      this.metrics.ended(method, 'modern', 'answered', performance.now() - began);
    });
    await listener.start();
    if (this.lifecycle.stopping.aborted) listener.end();
  }

  private admit(principal: string): void {
    const full = this.open.size >= MOST_OPEN || (this.perPrincipal.get(principal) ?? 0) >= MOST_PER_PRINCIPAL;
    if (full) throw new RpcError(RPC.INTERNAL_ERROR, 'Too many subscriptions are open.', 429);
  }

  private count(principal: string, by: 1 | -1): void {
    const count = (this.perPrincipal.get(principal) ?? 0) + by;
    if (count > 0) this.perPrincipal.set(principal, count);
    else this.perPrincipal.delete(principal);
  }

  /** Nobody is promised news of what it may not read. */
  private async honoured({ lists, uris }: Wanted, mount: Mount, caller: Caller): Promise<Wanted> {
    const signal = AbortSignal.timeout(10_000);
    const readable = await Promise.all([...uris].map((uri) => this.resources.isReadable(mount, uri, caller, signal)));
    return { lists, uris: new Set([...uris].filter((_, index) => readable[index])) };
  }

  /** While nobody listens, nothing has to be found out either. */
  private add(listener: Listener): void {
    this.open.add(listener);
    this.stopListening ??= this.changes.subscribe((change) => {
      for (const each of this.open) each.hear(change);
    });
  }

  private remove(listener: Listener): void {
    this.open.delete(listener);
    if (this.open.size > 0) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }
}

function readFilter({ notifications }: JsonObject): Wanted {
  if (!isObject(notifications)) throw wrong('params.notifications must say what to listen to.');
  const { resourceSubscriptions: uris = [] } = notifications;
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string')) {
    throw wrong('params.notifications.resourceSubscriptions must be a list of addresses.');
  }
  if (uris.length > MOST_URIS) throw wrong(`A subscription takes at most ${MOST_URIS} resources.`);
  return { lists: KINDS.filter((kind) => notifications[`${kind}ListChanged`] === true), uris: new Set(uris) };
}
