import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { InputRefusal } from '#gateway/tools/call-channel.js';
import { lacking } from '#gateway/tools/input-needs.js';
import { type InputRequest, type InputRequired, isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import type { AnswerChannel } from '../answer-channel.js';
import { RPC, RpcError, type SerialisedResult } from '../json-rpc.js';
import { McpMethods } from '../mcp-methods.js';
import type { McpRequest } from '../mcp-request.js';
import { ClientRequests } from './client-requests.js';
import type { LegacySession } from './legacy-session.js';
import type { Outlet } from './outlet.js';

/** How often one call may ask before it has to answer. */
const MOST_ROUNDS = 8;

/** Characters of a client's error that anybody reads. */
const LONGEST_REFUSAL = 200;

/** A call that cannot be brought to its end because of what its client is, said or did. */
class ClientFault extends Error {}

type BridgedRequest = McpRequest & { readonly channel: AnswerChannel };

/** What a client said, by key. */
interface Responses {
  readonly inputResponses: JsonObject;
  readonly inputRefusals: Readonly<Record<string, InputRefusal>>;
}

/**
 * Tools ask for input as 2026-07-28 does: they answer what they need, and are called again with it. A client of an older
 * revision is asked by requests to it, on the answer of its own call, and never sees the difference.
 */
@Injectable()
export class Bridge {
  constructor(
    private readonly methods: McpMethods,
    private readonly clients: ClientRequests,
  ) {}

  /** @param session undefined: nobody can be asked @throws RpcError */
  async handle(
    request: BridgedRequest,
    session: LegacySession | undefined,
    outlet: Outlet,
  ): Promise<object | SerialisedResult> {
    try {
      for (let round = 0; round <= MOST_ROUNDS; round++) {
        const answer = await this.methods.handle(request);
        if (!isInputRequired(answer)) return answer;
        if (round === MOST_ROUNDS) break;
        const responses = await this.ask(answer, request, session, outlet);
        request.channel.nextRound({ ...responses, requestState: answer.requestState });
      }
      throw new ClientFault(`This asks for more than ${MOST_ROUNDS} rounds of input.`);
    } catch (error) {
      const { method } = request;
      if (error instanceof ClientFault) return failure(method, error.message);
      // A source may notice by itself what its client cannot do.
      const lacks = error instanceof RpcError && error.rpcCode === RPC.MISSING_CLIENT_CAPABILITY;
      if (lacks) return failure(method, error.message);
      throw error;
    } finally {
      request.channel.end();
    }
  }

  /** @throws ClientFault when any of it cannot be asked, or was answered with an error that the source does not take */
  private async ask(
    { inputRequests = {}, refusable }: InputRequired,
    { signal, channel }: BridgedRequest,
    session: LegacySession | undefined,
    outlet: Outlet,
  ): Promise<Responses> {
    const asked = Object.entries(inputRequests);
    for (const [, request] of asked) {
      const missing = session ? lacking(request, channel.capabilities) : ['a session'];
      if (missing.length > 0) throw new ClientFault(`This needs a client that declares ${missing.join(', ')}.`);
    }
    // Once one is refused, nobody has to answer the others.
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const inputResponses: Record<string, JsonObject> = {};
    const inputRefusals: Record<string, InputRefusal> = {};
    try {
      await Promise.all(
        asked.map(async ([key, request]) => {
          const { result, error } = await this.clients.ask(session!.id, outlet, inOlderForm(request), until);
          const message = (error?.message ?? '').slice(0, LONGEST_REFUSAL);
          if (result) inputResponses[key] = result;
          else if (refusable) inputRefusals[key] = { code: error?.code ?? RPC.INTERNAL_ERROR, message };
          else throw new ClientFault(`${request.method}: ${message}`);
        }),
      );
      return { inputResponses, inputRefusals };
    } finally {
      over.abort();
    }
  }
}

/** 2025-11-25 wants an id of every address that a person is sent to. */
function inOlderForm({ method, params }: InputRequest): { readonly method: string; readonly params?: JsonObject } {
  if (method === 'elicitation/create' && params?.['mode'] === 'url') {
    return { method, params: { elicitationId: randomUUID(), ...params } };
  }
  return { method, ...(params && { params }) };
}

/** A tool that fails is a result, which its agent reads; of anything else it is an error. @throws RpcError */
function failure(method: string, text: string): object {
  if (method !== 'tools/call') throw new RpcError(RPC.INVALID_REQUEST, text);
  return { content: [{ type: 'text', text }], isError: true };
}
