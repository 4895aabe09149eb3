import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '#audit/audit-record.js';
import type { RequestEnd, RequestObserver } from '#gateway/http/request-lifetime.js';
import { AuditUnavailable } from './audit.errors.js';
import { AuditService } from './audit.service.js';
import '#gateway/auth/access.js';
import '#gateway/http/json-body.js';
import '#gateway/http/problem.js';

/** Health, metrics and the pages of the documentation say nothing about anybody. */
const isUnrecorded = ({ config, url }: FastifyRequest['routeOptions']) =>
  config?.probe === true || (url !== undefined && (url === '/docs' || url.startsWith('/docs/')));

const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** What somebody who watches for attacks looks for, by the problem's code. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  invalid_token: ['invalid_token'],
  insufficient_scope: ['insufficient_scope'],
  rate_limited: ['rate_limited'],
  body_too_large: ['oversized_body'],
  body_too_deep: ['malicious_body'],
  too_many_keys: ['malicious_body'],
  duplicate_keys: ['malicious_body'],
  header_mismatch: ['header_mismatch'],
  foreign_host: ['foreign_origin'],
  origin_not_allowed: ['foreign_origin'],
};
const NO_FLAGS: readonly string[] = [];

/** One record for every request, when it has ended, however it did; of calls of tools there are records already. */
@Injectable()
export class RequestAudit implements RequestObserver {
  constructor(private readonly audit: AuditService) {}

  /** Refuses a change that could not be recorded. @throws AuditUnavailable */
  admit(request: FastifyRequest): void {
    if (this.audit.refusesChanges && CHANGES.has(request.method)) throw new AuditUnavailable();
  }

  ended({ request, reply, ms, answered }: RequestEnd): void {
    if (request.recordedAsCalls || isUnrecorded(request.routeOptions)) return;
    const { caller, problemCode, refusalReason, securityFlags } = request;
    const status = reply.raw.statusCode;
    const refused = answered && (status === 401 || status === 403);
    this.audit.record({
      event: refused ? 'http.auth' : 'http.request',
      requestId: request.id,
      tenant: caller?.tenant ?? null,
      sub: caller?.subject ?? null,
      clientId: caller?.client ?? null,
      tool: request.routeOptions.config?.operation ?? null,
      upstream: null,
      decision: answered ? decisionOf(status) : 'cancelled',
      reason: (refused ? refusalReason : undefined) ?? problemCode ?? cutShort(request, status),
      status: answered ? status : null,
      latencyMs: ms,
      inputSha256: request.inputSha256 ?? hashOfQuery(request.raw.url),
      outputBytes: answered ? lengthOf(reply) : null,
      securityFlags: flagsOf(securityFlags, problemCode),
      traceId: request.traceId ?? null,
    });
  }
}

/** What was answered from outside of the framework, because the request never came to its end. */
function cutShort({ raw }: FastifyRequest, status: number): string | null {
  if (raw.complete || status < 400) return null;
  return status === 408 ? 'request_timeout' : 'request_incomplete';
}

function decisionOf(status: number): Decision {
  if (status < 400) return 'granted';
  if (status === 401 || status === 403) return 'refused';
  if (status === 429) return 'limited';
  return status === 408 || status === 504 ? 'timed_out' : 'failed';
}

function flagsOf(noticed: readonly string[] | undefined, code: string | undefined): readonly string[] {
  const own = code === undefined ? NO_FLAGS : (FLAGS[code] ?? NO_FLAGS);
  return noticed === undefined ? own : [...noticed, ...own];
}

/** What a request without a body asked with. */
function hashOfQuery(url: string | undefined): string | null {
  const mark = url?.indexOf('?') ?? -1;
  return mark === -1 ? null : hash('sha256', url!.slice(mark + 1));
}

function lengthOf(reply: FastifyReply): number | null {
  const length = reply.getHeader('content-length');
  return length === undefined ? null : Number(length);
}
