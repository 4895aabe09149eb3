import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { canonicalJson, NotCanonical } from '#core/canonical-json.js';
import { lacking } from '#gateway/tools/input-needs.js';
import type { Mount } from '#gateway/tools/mount.js';
import { type InputRequest, type InputRequired, isObject, type JsonObject } from '#gateway/tools/tool.js';
import { Clock } from '#observability/clock.js';
import { RPC, RpcError } from '../json-rpc.js';
import { SERVER_META } from '../result-form.js';
import { missingCapability } from '../rpc-faults.js';
import { Seal } from '#gateway/seal/seal.service.js';

/** How long a client may take to ask its user. */
const LIFETIME_MS = 600_000;

/** The part of a request that stays the same from one round to the next. */
export interface Round {
  readonly mount: Mount;
  readonly method: string;
  readonly params: JsonObject;
  readonly caller: Caller;
}

/** What a client sends along when it comes back. */
export interface Answers {
  readonly inputResponses?: JsonObject;
  readonly requestState?: string;
}

interface Sealed {
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Requests that take several rounds (MRTR): the client is asked for something, and calls again with the answers. What a
 * source wants to find again travels with the client, sealed: only this caller, with this very request, can bring it.
 */
@Injectable()
export class InputRounds {
  constructor(
    private readonly seal: Seal,
    private readonly clock: Clock,
  ) {}

  /**
   * The answer that asks the client.
   * @throws RpcError when the client does not say that it can do what it is asked for
   */
  ask(round: Round, capabilities: JsonObject, { inputRequests, requestState }: InputRequired): object {
    const missing = Object.values(inputRequests ?? {}).flatMap((request) => lacking(request, capabilities));
    if (missing.length > 0) throw missingCapability([...new Set(missing)]);
    const sealed: Sealed | undefined =
      requestState === undefined ? undefined : { state: requestState, until: this.clock.now() + LIFETIME_MS };
    return {
      resultType: 'input_required',
      ...(inputRequests && { inputRequests: mapValues(inputRequests, inNewerForm) }),
      ...(sealed && { requestState: this.seal.seal('mcp-request-state', sealed, bindingOf(round)) }),
      _meta: SERVER_META,
    };
  }

  /** What the client brought from an earlier round. @throws RpcError for a state that is not of this request */
  answers(round: Round): Answers {
    const { inputResponses, requestState } = round.params;
    if (inputResponses !== undefined && !isObject(inputResponses)) {
      throw new RpcError(RPC.INVALID_PARAMS, 'params.inputResponses must be an object.');
    }
    return {
      ...(inputResponses && { inputResponses }),
      ...(requestState !== undefined && { requestState: this.open(round, requestState) }),
    };
  }

  private open(round: Round, requestState: unknown): string {
    const opened =
      typeof requestState === 'string'
        ? this.seal.open('mcp-request-state', requestState, bindingOf(round))
        : undefined;
    const sealed = opened && (JSON.parse(opened.toString()) as Sealed);
    if (!sealed || sealed.until <= this.clock.now()) {
      throw new RpcError(RPC.INVALID_PARAMS, 'params.requestState is not, or no longer, one of this request.');
    }
    return sealed.state;
  }
}

/** @throws RpcError for arguments that have no one form */
function bindingOf({ mount, method, params, caller }: Round): string {
  const { name, uri, arguments: args } = params;
  try {
    const request = canonicalJson({ mount: mount.path, method, name, uri, arguments: args });
    return hash('sha256', JSON.stringify([caller.issuer, caller.subject, caller.tenant, request]));
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new RpcError(RPC.INVALID_PARAMS, `params ${error.message}.`);
  }
}

/** 2025-11-25 has an id for every address that a person is sent to; since then the client learns by coming back. */
function inNewerForm(request: InputRequest): InputRequest {
  if (request.params?.['elicitationId'] === undefined) return request;
  const { elicitationId: _id, ...params } = request.params;
  return { ...request, params };
}

const mapValues = <T>(of: Readonly<Record<string, T>>, map: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));
