import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionHintOf } from '#gateway/capture/session-hint.js';
import type { Mount } from '#gateway/tools/mount.js';
import { isInputRequired } from '#gateway/tools/tool.js';
import { AnswerChannel } from '../answer-channel.js';
import { errorMessage, RPC, RpcError, resultMessage } from '../json-rpc.js';
import { McpMethods } from '../mcp-methods.js';
import { McpMetrics } from '../mcp.metrics.js';
import type { McpRequest } from '../mcp-request.js';
import { PostAnswer } from '../post-answer.js';
import { cacheableInForm, LIST_TTL_MS } from '../result-form.js';
import { failureCode, toRpcError } from '../rpc-faults.js';
import type { RpcMessage, RpcRequest } from '../rpc-message.js';
import { INSTRUCTIONS, serverCapabilities } from '../server-info.js';
import { type Answers, InputRounds } from './input-rounds.js';
import { Listeners } from './listeners.js';
import { compareHeaders, compareParameters } from './mirrored-headers.js';
import { MODERN_VERSIONS, readMeta, type RequestMeta } from './request-meta.js';

/** Requests that may take several rounds. */
const IN_ROUNDS = new Set(['tools/call', 'prompts/get', 'resources/read']);
const NO_ANSWERS: Answers = Object.freeze({});

/** MCP 2026-07-28: one POST, one answer, nothing kept between them. */
@Injectable()
export class ModernEndpoint {
  constructor(
    private readonly methods: McpMethods,
    private readonly rounds: InputRounds,
    private readonly listeners: Listeners,
    private readonly metrics: McpMetrics,
  ) {}

  /** @throws RpcError for what is refused before it is carried out */
  post(request: FastifyRequest, reply: FastifyReply, message: RpcMessage): void {
    if (message.kind === 'response') {
      throw new RpcError(RPC.INVALID_REQUEST, 'Nothing was asked of the client: there is nothing to respond to.', 400);
    }
    // None of this revision's notifications says anything to a server over HTTP.
    if (message.kind === 'notification') return void reply.status(202).send();
    const began = performance.now();
    try {
      this.serve(request, reply, message, began);
    } catch (error) {
      this.metrics.ended(message.method, 'modern', 'refused', performance.now() - began);
      throw error;
    }
  }

  private serve(request: FastifyRequest, reply: FastifyReply, message: RpcRequest, began: number): void {
    const { method, params } = message;
    const { headers } = request.raw;
    const caller = request.caller!;
    const mount = request.mount!;
    const meta = readMeta(params);
    compareHeaders(headers, meta.version, message);
    if (!MODERN_VERSIONS.includes(meta.version)) throw unsupported(meta.version);
    if (method === 'tools/call' && typeof params['name'] === 'string') {
      const tool = mount.directory.find(caller, params['name']);
      if (tool) compareParameters(headers, tool, params['arguments']);
    }
    if (method === 'server/discover') {
      void reply.type('application/json').send(resultMessage(message.id, discoveryOf(mount)));
      this.metrics.ended(method, 'modern', 'answered', performance.now() - began);
    } else if (method === 'subscriptions/listen') {
      this.listeners.listen(reply, message, mount, caller).catch((error: unknown) => {
        this.metrics.ended(method, 'modern', 'refused', performance.now() - began);
        void reply.send(error);
      });
    } else {
      const answers = IN_ROUNDS.has(method) ? this.rounds.answers({ mount, method, params, caller }) : NO_ANSWERS;
      void this.handle(request, new PostAnswer(reply), message, meta, answers);
    }
  }

  private async handle(
    request: FastifyRequest,
    answer: PostAnswer,
    message: RpcRequest,
    meta: RequestMeta,
    answers: Answers,
  ): Promise<void> {
    const { id } = message;
    const channel = new AnswerChannel({ ...meta, ...answers }, (text) => answer.tell(text));
    const mcpRequest = toMcpRequest(request, message, meta, channel, answer.left);
    try {
      const result = await this.methods.handle(mcpRequest);
      const told = isInputRequired(result) ? this.rounds.ask(mcpRequest, meta.capabilities, result) : result;
      answer.finish(200, resultMessage(id, told));
    } catch (error) {
      const fault = toRpcError(error, 'modern');
      request.problemCode = failureCode(fault);
      answer.finish(fault.status, errorMessage(id, fault));
    }
  }
}

function discoveryOf({ directory, instructions = INSTRUCTIONS }: Mount): object {
  const capabilities = serverCapabilities(directory.sources);
  const result = { supportedVersions: MODERN_VERSIONS, capabilities, instructions };
  return cacheableInForm('modern', result, LIST_TTL_MS);
}

const unsupported = (requested: string) =>
  new RpcError(RPC.UNSUPPORTED_PROTOCOL_VERSION, 'This version of MCP is not spoken here.', 400, {
    supported: MODERN_VERSIONS,
    requested,
  });

function toMcpRequest(
  request: FastifyRequest,
  { method, params }: RpcRequest,
  { version, client }: RequestMeta,
  channel: AnswerChannel,
  signal: AbortSignal,
): McpRequest {
  const session = sessionHintOf(request);
  return {
    mount: request.mount!,
    era: 'modern',
    version,
    method,
    params,
    caller: request.caller!,
    signal,
    channel,
    carrier: request,
    requestId: request.id,
    traceId: request.traceId,
    ...(request.inputSha256 !== undefined && { inputSha256: request.inputSha256 }),
    ...(session && { session }),
    ...(client && { client }),
  };
}
