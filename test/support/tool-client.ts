import type { Caller } from '#core/caller.js';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import { Mounts } from '#gateway/tools/mount.js';
import type { JsonObject, ToolResult } from '#gateway/tools/tool.js';
import { ToolPipeline } from '#gateway/tools/tool-pipeline.js';
import type { ToolRequest } from '#gateway/tools/tool-request.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { ResourceProvider, SourceRequest } from '#gateway/tools/tool-source.js';
import type { Gateway } from './boot-gateway.js';

let calls = 0;

/** Calls tools and reads resources as somebody, through the pipeline of a gateway that runs in this process. */
export class ToolClient {
  constructor(
    private readonly gateway: Gateway,
    readonly caller: Caller = LOCAL_CALLER,
    private readonly more: Partial<ToolRequest> = {},
  ) {}

  /** The same gateway, as another caller. */
  as(caller: Partial<Caller>): ToolClient {
    return new ToolClient(this.gateway, { ...this.caller, ...caller }, this.more);
  }

  /** The same caller, with more to its requests. */
  with(more: Partial<ToolRequest>): ToolClient {
    return new ToolClient(this.gateway, this.caller, { ...this.more, ...more });
  }

  /** @returns `structuredContent` */
  async call<Data>(name: string, args: JsonObject = {}): Promise<Data> {
    return (await this.result(name, args)).structuredContent as Data;
  }

  async result(name: string, args: JsonObject = {}): Promise<ToolResult> {
    const id = String(++calls).padStart(32, '0');
    const answer = await this.gateway.app.get(ToolPipeline).call({
      mount: this.gateway.app.get(Mounts).main,
      name,
      arguments: args,
      caller: this.caller,
      signal: new AbortController().signal,
      channel: SILENT,
      via: 'mcp',
      requestId: id,
      traceId: id,
      ...this.more,
    });
    return answer as ToolResult;
  }

  /** Names of the tools that the caller sees. */
  tools(): string[] {
    return this.gateway.app
      .get(ToolDirectory)
      .visibleTo(this.caller)
      .map((tool) => tool.definition.name);
  }

  /** What answers for resources of the gateway's own. */
  get resources(): ResourceProvider {
    return this.gateway.app.get(ToolDirectory).sources.find((source) => source.name === 'builtin')!.resources!;
  }

  get request(): SourceRequest {
    return { caller: this.caller, signal: new AbortController().signal, channel: SILENT };
  }

  /** The JSON that a resource holds. */
  async read<Data>(uri: string): Promise<Data> {
    const answer = await this.resources.read(this.request, uri);
    return JSON.parse((answer as { contents: { text: string }[] }).contents[0]!.text) as Data;
  }
}
