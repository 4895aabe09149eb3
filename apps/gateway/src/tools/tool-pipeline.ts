import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { ChangeOrigin } from '#gateway/audit/change-records.service.js';
import { RateLimitService } from '#gateway/rate-limit/rate-limit.service.js';
import { SILENT } from './call-channel.js';
import { Mounts } from './mount.js';
import { isRemembered, type Looked } from './stages/answer-cache.js';
import { CallTime } from './stages/call-time.js';
import { checkArguments } from './stages/check-arguments.js';
import { parted } from './stages/secret-arguments.js';
import { Stages } from './stages/stages.js';
import type { Finished, Work } from './stages/work.js';
import { type JsonObject, type NestedCall, originalOf, type Tool, type ToolAnswer } from './tool.js';
import { ToolCallMetrics } from './tool-calls.metrics.js';
import { type ToolCallEnd, ToolCallObserver, type ToolRequest } from './tool-request.js';
import { NestedTooDeep, ToolNotFound, ToolTimeout } from './tools.errors.js';

/** Injection token of everybody who is told of calls. */
export const TOOL_CALL_OBSERVERS = Symbol('TOOL_CALL_OBSERVERS');

/** Calls inside calls. */
const DEEPEST = 3;

/** What is known of a call so far. */
type Ending = { -readonly [K in keyof ToolCallEnd]: ToolCallEnd[K] } & { readonly origin: ChangeOrigin };

/** What happens to every call of a tool, whichever way it came and wherever it goes. The order is the design. */
@Injectable()
export class ToolPipeline {
  constructor(
    private readonly limits: RateLimitService,
    private readonly stages: Stages,
    private readonly metrics: ToolCallMetrics,
    private readonly mounts: Mounts,
    @Inject(TOOL_CALL_OBSERVERS) private readonly observers: readonly ToolCallObserver[],
  ) {}

  /** @throws the errors of `tools.errors.ts`, RateLimited; anything else is a fault of ours */
  async call(request: ToolRequest): Promise<ToolAnswer> {
    const began = performance.now();
    const origin = originOf(request);
    const end: Ending = { request, origin, cached: false, ms: 0, startedAt: Date.now() };
    this.metrics.running++;
    try {
      return (end.answer = await this.answer(request, end));
    } catch (error) {
      end.error = error;
      throw error;
    } finally {
      this.metrics.running--;
      end.ms = performance.now() - began;
      end.recorded = origin.recordedAsCalls === true;
      for (const observer of this.observers) observer.ended(end);
    }
  }

  /** Tier and scope → rate limit → arguments → cache → … */
  private async answer(request: ToolRequest, end: Ending): Promise<ToolAnswer> {
    const { caller, channel, mount, depth } = request;
    if (mount.directory.settling) await mount.directory.findSettled(caller, request.name);
    const tool = resolve(request, end);
    const secrets = takeSecrets(tool, end);
    const { name } = tool.definition;
    if (depth !== undefined) await this.admitInside(caller, name, depth);
    await this.limits.take(caller, { tool: originalOf(tool).definition.name });
    const { results } = this.stages;
    const wishes = tool.economics && (await results.wishesOf(tool, end.request.arguments));
    const args = checkArguments(tool, wishes ? wishes.arguments : end.request.arguments);
    if (tool.judge) await tool.judge(args);
    end.arguments = args;
    const time = new CallTime(tool.timeoutMs, () => new ToolTimeout(name, tool.timeoutMs), request.signal);
    try {
      const callTool: NestedCall = (inner, given, signal) => this.callInside(request, inner, given, signal);
      const work: Work = { tool, caller, arguments: args, secrets, channel, time, callTool, origin: end.origin, depth };
      const looked = await this.look(work);
      end.cached = looked.cached;
      const { finished: whole } = looked;
      const finished = wishes ? await results.settle(tool, whole, end.request, wishes) : whole;
      end.outputBytes = finished.bytes;
      if (finished.flags) end.securityFlags = finished.flags;
      return finished.answer;
    } finally {
      time.end();
    }
  }

  /**
   * A tool calls another one, for its own caller. Names are those of everything that the caller may see, whatever list the
   * first call came from; nobody can be asked anything on the way, and nobody hears of progress. What is not named here
   * was said of the first call alone.
   */
  private callInside(outer: ToolRequest, name: string, args: JsonObject, signal: AbortSignal): Promise<ToolAnswer> {
    const { caller, via, requestId, traceId, session, client, depth = 0 } = outer;
    return this.call({
      mount: this.mounts.rest,
      name,
      arguments: args,
      caller,
      signal,
      channel: SILENT,
      via,
      requestId,
      traceId,
      ...(session && { session }),
      ...(client && { client }),
      depth: depth + 1,
    });
  }

  /** A call that no request carries counts as one: else one request would make thousands. @throws NestedTooDeep, RateLimited */
  private async admitInside(caller: Caller, name: string, depth: number): Promise<void> {
    if (depth > DEEPEST) throw new NestedTooDeep(name, DEEPEST);
    await this.limits.takeInside(caller);
  }

  private async look(work: Work): Promise<Looked> {
    if (!isRemembered(work.tool, work.channel)) return { finished: await this.carry(work), cached: false };
    return this.stages.cache.answer(work, (shared) => this.carry(shared));
  }

  /** … → guard → breaker → backend → sanitise and cap. */
  private async carry(work: Work): Promise<Finished> {
    const { guard, breakers, backend, results } = this.stages;
    const { tool } = work;
    if (!tool.guarded) return results.finish(tool, await backend.callOnce(work));
    await guard.enter(work);
    try {
      return await results.finish(tool, await breakers.through(tool, () => backend.call(work)));
    } finally {
      guard.leave(tool);
    }
  }
}

/** The tool that is called in the end. Where another one stood for it, records and captures tell of it alone. */
function resolve(request: ToolRequest, end: Ending): Tool {
  const { caller, name, mount } = request;
  const named = mount.directory.find(caller, name);
  if (!named) throw new ToolNotFound(name);
  end.tool = named;
  if (!named.forward) return named;
  const { tool, arguments: args } = named.forward(caller, checkArguments(named, request.arguments));
  end.request = { ...request, name: tool.definition.name, arguments: args };
  return (end.tool = tool);
}

const originOf = ({ requestId, caller, traceId, inputSha256, securityFlags }: ToolRequest): ChangeOrigin => ({
  id: requestId,
  caller,
  traceId,
  ...(inputSha256 !== undefined && { inputSha256 }),
  ...(securityFlags && { securityFlags }),
});

/** From here on nobody sees them but the tool. */
function takeSecrets(tool: Tool, end: Ending): JsonObject | undefined {
  const { secretArguments } = tool;
  if (!secretArguments) return undefined;
  const { rest, secrets } = parted(end.request.arguments, secretArguments);
  end.request = { ...end.request, arguments: rest };
  return secrets;
}
