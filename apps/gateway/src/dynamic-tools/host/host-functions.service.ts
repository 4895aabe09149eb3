import { Injectable } from '@nestjs/common';
import { EgressClient } from '#egress/egress-client.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import type { Static } from '#schema/schema.js';
import type { HostFunctions } from '#sandbox/sandbox.js';
import type { HostFunctionsModel } from '../dynamic-tool.schema.js';
import { callToolHost } from './call-tool.host.js';
import { fetchHost } from './fetch.host.js';
import { kvHost } from './kv.host.js';
import { ToolValues } from './tool-values.js';

/** What a tool was granted, as far as it asks for it. */
export interface Granted {
  /** Id of the tool. */
  readonly tool: string;
  readonly functions: Static<typeof HostFunctionsModel>;
}

/** What the gateway does for the code of a tool, on behalf of who calls it. */
@Injectable()
export class HostFunctionsService {
  constructor(
    private readonly egress: EgressClient,
    private readonly values: ToolValues,
  ) {}

  /** For one call: what was granted, and nothing else is there at all. How much of each is left is counted for the call. */
  of({ tool, functions: { fetch, callTool, kv } }: Granted, call: ToolCall): HostFunctions {
    return {
      ...(fetch && { fetch: fetchHost(this.egress, fetch.hosts, call) }),
      ...(callTool && { callTool: callToolHost(callTool.tools, call) }),
      ...(kv && kvHost(this.values, tool, call)),
    };
  }
}
