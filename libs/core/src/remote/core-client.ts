import { OWN_SCHEMAS } from '#schema/own-schemas.js';
import type { Schema } from '#schema/schema.js';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Caller } from '#core/caller.js';
import type { EgressClient, EgressOrigin } from '#egress/egress-client.js';
import { UpstreamFailed, UpstreamInvalid, UpstreamTimeout, UpstreamUnreachable } from '#core/core.errors.js';
import {
  backoffMs,
  isConnectError,
  MAX_RETRY_AFTER_MS,
  RETRIED_STATUSES,
  retryAfterMs,
} from '#resilience/retry-policy.js';
import { CoreRefusal } from './core-refusal.js';

/** How to reach Achilles Core. */
export interface CoreConnection {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutSeconds: number;
  /** Tries after the first. */
  readonly maxRetries: number;
}

interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** What a 2xx body must look like; members beyond it are dropped. */
  readonly answer: Schema<T>;
  /** True when sending the call twice has the effect of sending it once. */
  readonly repeatable: boolean;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
}

/** An answer larger than this is no answer of Core's. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const HEALTH_TIMEOUT_MS = 2_000;

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/**
 * The one way to Achilles Core: a shared keep-alive pool, a time limit on each try, an exact number of tries, and every
 * answer checked against the contract before it goes on. A 4xx is thrown as it came (`CoreRefusal`).
 */
export class CoreClient {
  private readonly origin: EgressOrigin;
  private readonly basePath: string;
  private readonly schemas = new Ajv({ ...OWN_SCHEMAS, validateFormats: false, removeAdditional: true });
  private readonly compiled = new WeakMap<object, ValidateFunction>();

  constructor(
    egress: EgressClient,
    private readonly connection: CoreConnection,
  ) {
    this.origin = egress.configured(connection.baseUrl);
    this.basePath = new URL(connection.baseUrl).pathname.replace(/\/$/, '');
  }

  async call<T>(caller: Caller, call: Call<T>): Promise<{ status: number; body: T }> {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    for (let attempt = 0; ; attempt++) {
      const mayRepeat = call.repeatable && attempt < this.connection.maxRetries;
      let answer: Answer;
      try {
        answer = await this.send(caller, call, body);
      } catch (error) {
        if (!mayRepeat || !isConnectError(error)) throw this.explain(error);
        await delay(backoffMs(attempt));
        continue;
      }
      const wait = retryAfterMs(answer.retryAfter, Date.now()) ?? backoffMs(attempt);
      if (mayRepeat && RETRIED_STATUSES.has(answer.status) && wait <= MAX_RETRY_AFTER_MS) {
        await delay(wait);
        continue;
      }
      return { status: answer.status, body: this.read(answer, call.answer) };
    }
  }

  /** True when Core's own health answers. Never throws. */
  async answers(): Promise<boolean> {
    try {
      await this.origin.ready();
      const { status } = await this.origin.request({
        method: 'GET',
        path: `${this.basePath}/mcp/health`,
        signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
        maxBytes: MAX_ANSWER_BYTES,
      });
      return status < 300;
    } catch {
      return false;
    }
  }

  private async send(caller: Caller, call: Call<unknown>, body: string | null): Promise<Answer> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    await this.origin.ready();
    const answer = await this.origin.request({
      method: call.method,
      path: `${this.basePath}${call.path}${query.size === 0 ? '' : `?${query.toString()}`}`,
      body,
      signal: AbortSignal.timeout(this.connection.timeoutSeconds * 1_000),
      maxBytes: MAX_ANSWER_BYTES,
      headers: {
        authorization: `Bearer ${this.connection.apiKey}`,
        accept: 'application/json',
        ...(body !== null && { 'content-type': 'application/json' }),
        // Core trusts the gateway's key; who the gateway acts for travels beside it.
        'x-achilles-tenant': caller.tenant,
      },
    });
    return {
      status: answer.status,
      text: answer.body.toString(),
      contentType: first(answer.headers['content-type']) ?? '',
      retryAfter: first(answer.headers['retry-after']),
    };
  }

  private read<T>(answer: Answer, schema: Schema<T>): T {
    if (answer.status >= 500) throw new UpstreamFailed(answer.status);
    if (answer.status >= 400) throw new CoreRefusal(answer.status, answer.text, answer.contentType, answer.retryAfter);
    let body: unknown;
    try {
      body = JSON.parse(answer.text);
    } catch {
      throw new UpstreamInvalid(answer.status);
    }
    const valid = this.validator(schema);
    if (answer.status >= 300 || !valid(body)) throw new UpstreamInvalid(answer.status);
    return body as T;
  }

  private validator(schema: Schema): ValidateFunction {
    let valid = this.compiled.get(schema);
    if (!valid) {
      valid = this.schemas.compile(closed(schema));
      this.compiled.set(schema, valid);
    }
    return valid;
  }

  private explain(error: unknown): Error {
    const { name } = error as Error;
    if (name === 'TimeoutError' || name === 'HeadersTimeoutError' || name === 'BodyTimeoutError') {
      return new UpstreamTimeout(this.connection.timeoutSeconds);
    }
    return new UpstreamUnreachable(error);
  }
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The schema with every object closed, so that members it does not name are dropped, and without the names of models. */
const closed = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('properties' in value)) return value;
    const { $id: _name, ...model } = value as Schema;
    return { ...model, additionalProperties: false };
  }) as Schema;
