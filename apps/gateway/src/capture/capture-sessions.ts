import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import { SessionNotFound } from '#core/core.errors.js';
import { Handshakes } from '#core/handshake/handshakes.js';
import { isUuid } from '#core/identifiers.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { CAPTURED_IDLE_MS, CAPTURED_TAG } from '#core/sessions/captured-sessions.js';
import { type SessionOut, Sessions } from '#core/sessions/sessions.js';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';
import { CaptureMetrics } from './capture.metrics.js';
import { agentOf } from './captured-events.js';
import { OWN_KEYS } from './session-hint.js';

const REMEMBERED = 10_000;
const REMEMBERED_MS = 2 * CAPTURED_IDLE_MS;
const DEFAULT_WORKSPACE = 'default';

/** A session as it was when it was looked up last. */
interface Known {
  readonly id: string;
  ended: boolean;
  /** Nobody started it, so nobody will end it. */
  readonly captured: boolean;
  readonly caller: Caller;
  /** Milliseconds since the epoch: when a call was last seen. */
  lastAt: number;
}

/** Finds or opens the session that a call belongs to. A session that has ended takes no calls: they go to the hour's. */
@Injectable()
export class CaptureSessions {
  /** By tenant, workspace and key. */
  private readonly known = new LRUCache<string, Known>({
    max: REMEMBERED,
    ttl: REMEMBERED_MS,
    updateAgeOnGet: true,
  });

  constructor(
    private readonly sessions: Sessions,
    private readonly handshakes: Handshakes,
    private readonly metrics: CaptureMetrics,
  ) {}

  /** @returns the session's id. @throws the errors of Core */
  async sessionOf(call: ToolCallEnd): Promise<string> {
    const { caller, session: hint } = call.request;
    const workspace = hint?.workspaceId ?? (await this.workspaceOf(caller, hint?.token)) ?? DEFAULT_WORKSPACE;
    const key = hint?.key;
    if (key !== undefined && mayName(caller, key)) {
      const { id, ended } = await this.find(call, workspace, key);
      if (!ended) return id;
    }
    return (await this.find(call, workspace, hourKeyOf(call))).id;
  }

  /** The session has ended since: whatever named it means the hour's from now on. */
  ended(id: string): void {
    for (const known of this.known.values()) if (known.id === id) known.ended = true;
  }

  /**
   * Ends the sessions that this process has opened or met, that nobody started, and that have been silent everywhere.
   * An embedded Core does that itself, also for processes that are gone.
   */
  async endIdle(now: number): Promise<void> {
    for (const known of this.known.values()) {
      const { id, caller, captured, ended, lastAt } = known;
      if (!captured || ended || now - lastAt < CAPTURED_IDLE_MS) continue;
      const { status, start_time, updated_at } = await this.sessions.get(caller, id);
      const last = Math.max(Date.parse(start_time), Date.parse(updated_at));
      if (now - last < CAPTURED_IDLE_MS) {
        known.lastAt = last;
        continue;
      }
      known.ended = true;
      if (status !== 'active') continue;
      await this.sessions.update(caller, id, { status: 'completed', end_time: new Date(last).toISOString() });
    }
  }

  private async find(call: ToolCallEnd, workspace: string, key: string): Promise<Known> {
    const { caller } = call.request;
    const name = `${caller.tenant}\0${workspace}\0${key}`;
    let known = this.known.get(name);
    if (!known) {
      const { id, status, tags } = await this.open(call, workspace, key);
      known = { id, caller, ended: status !== 'active', captured: tags.includes(CAPTURED_TAG), lastAt: 0 };
      this.known.set(name, known);
    }
    known.lastAt = Math.max(known.lastAt, call.startedAt);
    return known;
  }

  private async open({ request, startedAt }: ToolCallEnd, workspace: string, key: string): Promise<SessionOut> {
    const { caller } = request;
    const named = isUuid(key) ? await this.named(caller, key) : undefined;
    if (named) return named;
    const { session } = await this.sessions.create(caller, {
      external_session_key: key,
      workspace_id: workspace,
      user_id: caller.subject.slice(0, 200),
      start_time: new Date(startedAt).toISOString(),
      tags: [CAPTURED_TAG],
    });
    return session;
  }

  private async named(caller: Caller, id: string): Promise<SessionOut | undefined> {
    try {
      return await this.sessions.get(caller, id);
    } catch (error) {
      if (error instanceof SessionNotFound || (error instanceof CoreRefusal && error.status === 404)) return undefined;
      throw error;
    }
  }

  /** A token speaks for nobody but the one whom it was given to. */
  private async workspaceOf(caller: Caller, token: string | undefined): Promise<string | undefined> {
    if (token === undefined) return caller.workspaceId;
    const owner = await this.handshakes.callerOf(token);
    const { tenant, issuer, subject } = caller;
    if (owner?.tenant === tenant && owner.issuer === issuer && owner.subject === subject) return owner.workspaceId;
    this.metrics.tokensRefused.inc();
    return caller.workspaceId;
  }
}

/** Naming a session is writing into it; the MCP session is nobody else's. */
const mayName = (caller: Caller, key: string) =>
  key.startsWith(OWN_KEYS.mcpSession) || caller.scopes.has('signals:write');

/** `gateway:<client>:<digest of the subject>:<hour>`. */
function hourKeyOf({ request, startedAt }: ToolCallEnd): string {
  const { issuer, subject } = request.caller;
  const client = agentOf(request)
    .replace(/[^\w.@/-]+/g, '-')
    .slice(0, 64);
  const who = hash('sha256', `${issuer}\0${subject}`).slice(0, 16);
  return `${OWN_KEYS.hour}${client}:${who}:${new Date(startedAt).toISOString().slice(0, 13)}`;
}
