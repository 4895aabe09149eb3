import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { SessionHint } from '#gateway/tools/tool-request.js';
import { AnswerChannel } from '../answer-channel.js';
import { errorMessage, resultMessage, RPC, type SerialisedResult } from '../json-rpc.js';
import { McpMetrics, type McpOutcome } from '../mcp.metrics.js';
import { failureCode, toRpcError } from '../rpc-faults.js';
import type { RpcMessage, RpcNotification, RpcRequest } from '../rpc-message.js';
import { Bridge } from './bridge.js';
import { CallsInFlight } from './calls-in-flight.js';
import { ClientRequests } from './client-requests.js';
import { LegacyMethods } from './legacy-methods.js';
import type { LegacySession } from './legacy-session.js';
import type { Outlet } from './outlet.js';
import { hasCompletion, type LegacyVersion } from './revisions.js';
import type { SessionState } from './session-state.js';

/** What a message came with: who sent it, in which session, and where its sender can be told something. */
export interface Arrival {
  readonly mount: Mount;
  /** Undefined: a client that calls without a handshake. It is served, and cannot be asked anything. */
  readonly session: LegacySession | undefined;
  readonly state: SessionState;
  readonly version: LegacyVersion;
  readonly caller: Caller;
  readonly outlet: Outlet;
  /** Aborted when the sender leaves. */
  readonly left: AbortSignal;
  readonly carrier: Carrier;
  readonly hint?: SessionHint;
}

/** What is known of the HTTP request that brought a message. */
export interface Carrier {
  readonly id: string;
  readonly traceId: string;
  readonly inputSha256?: string;
  recordedAsCalls?: true;
  problemCode?: string;
}

/** One message of a client, whichever transport brought it. */
@Injectable()
export class LegacyMessages {
  constructor(
    private readonly own: LegacyMethods,
    private readonly bridge: Bridge,
    private readonly clients: ClientRequests,
    private readonly calls: CallsInFlight,
    private readonly metrics: McpMetrics,
  ) {}

  /** @returns the answer, as a JSON-RPC message; undefined for what has none. Never rejects. */
  async take(message: RpcMessage, arrival: Arrival): Promise<string | undefined> {
    switch (message.kind) {
      case 'request':
        return this.request(message, arrival);
      case 'notification':
        this.notified(message, arrival.session);
        return undefined;
      case 'response': {
        const { message: text, code } = message.error ?? {};
        const error = message.error && {
          message: typeof text === 'string' ? text : 'an error',
          ...(Number.isSafeInteger(code) && { code: code as number }),
        };
        const { id, result } = message;
        if (arrival.session)
          this.clients.take(arrival.session.id, id, { ...(result && { result }), ...(error && { error }) });
        return undefined;
      }
      default:
        return message satisfies never;
    }
  }

  private async request({ id, method, params }: RpcRequest, arrival: Arrival): Promise<string | undefined> {
    const { session, left, carrier } = arrival;
    const began = performance.now();
    const ended = (outcome: McpOutcome) => this.metrics.ended(method, 'legacy', outcome, performance.now() - began);
    const controller = new AbortController();
    const leave = () => controller.abort();
    left.addEventListener('abort', leave);
    if (left.aborted) leave();
    const forget = session && this.calls.begin(session.id, id, controller);
    try {
      const own = await this.own.handle(arrival.mount, method, params, arrival.caller, session);
      const result = own ?? (await this.shared(method, arrival, params, controller.signal));
      ended(controller.signal.aborted ? 'cancelled' : 'answered');
      // Nobody waits for the answer to what was taken back.
      return controller.signal.aborted ? undefined : resultMessage(id, result);
    } catch (error) {
      if (controller.signal.aborted) {
        ended('cancelled');
        return undefined;
      }
      const fault = toRpcError(error, 'legacy');
      ended(fault.rpcCode === RPC.INTERNAL_ERROR ? 'failed' : 'refused');
      carrier.problemCode = failureCode(fault);
      return errorMessage(id, fault);
    } finally {
      left.removeEventListener('abort', leave);
      forget?.();
    }
  }

  private shared(
    method: string,
    arrival: Arrival,
    params: RpcRequest['params'],
    signal: AbortSignal,
  ): Promise<object | SerialisedResult> {
    const { mount, session, state, version, caller, outlet, carrier, hint } = arrival;
    const { inputSha256 } = carrier;
    const token = (params['_meta'] as { progressToken?: unknown } | undefined)?.progressToken;
    const terms = {
      capabilities: session?.capabilities ?? {},
      logLevel: state.level ?? 'debug',
      oneAnswer: true,
      tellsCompletion: hasCompletion(version),
      ...((typeof token === 'string' || typeof token === 'number') && { progressToken: token }),
    };
    const channel = new AnswerChannel(terms, (message) => outlet.tell(message));
    const own = hint ?? (session && { key: `mcp:${session.id}` });
    const request = {
      mount,
      era: 'legacy' as const,
      version,
      method,
      params,
      caller,
      signal,
      channel,
      carrier,
      requestId: carrier.id,
      traceId: carrier.traceId,
      ...(inputSha256 !== undefined && { inputSha256 }),
      ...(own && { session: own }),
      ...(session?.client && { client: session.client }),
    };
    return this.bridge.handle(request, session, outlet);
  }

  private notified({ method, params }: RpcNotification, session: LegacySession | undefined): void {
    const id = params['requestId'];
    const names = typeof id === 'string' || typeof id === 'number';
    if (session && names && method === 'notifications/cancelled') this.calls.cancel(session.id, id);
  }
}
