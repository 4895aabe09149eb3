import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#core/caller.js';
import { SessionNotFound } from '#core/core.errors.js';
import { Handshakes } from '#core/handshake/handshakes.js';
import { isUuid } from '#core/identifiers.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { CAPTURED_TAG } from '#core/sessions/captured-sessions.js';
import { type SessionOut, Sessions } from '#core/sessions/sessions.js';
import type { ToolCallEnd } from '#gateway/tools/tool-request.js';
import { CaptureMetrics } from './capture.metrics.js';
import { agentOf } from './captured-events.js';
import { OWN_KEYS } from './session-hint.js';

const REMEMBERED = 10_000;
const REMEMBERED_MS = 3_600_000;
const ENDED = 'ended';
const DEFAULT_WORKSPACE = 'default';

/** Finds or opens the session that a call belongs to. A session that has ended takes no calls: they go to the hour's. */
@Injectable()
export class CaptureSessions {
  /** Ids of sessions by tenant, workspace and key, or that the session has ended. */
  private readonly known = new LRUCache<string, string>({ max: REMEMBERED, ttl: REMEMBERED_MS });

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
      const id = await this.find(call, workspace, key);
      if (id !== ENDED) return id;
    }
    return this.find(call, workspace, hourKeyOf(call));
  }

  /** The session has ended since: whatever named it means the hour's from now on. */
  ended(id: string): void {
    for (const [name, known] of this.known.entries()) if (known === id) this.known.set(name, ENDED);
  }

  private async find(call: ToolCallEnd, workspace: string, key: string): Promise<string> {
    const name = `${call.request.caller.tenant}\0${workspace}\0${key}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const { id, status } = await this.open(call, workspace, key);
    const found = status === 'active' ? id : ENDED;
    this.known.set(name, found);
    return found;
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
