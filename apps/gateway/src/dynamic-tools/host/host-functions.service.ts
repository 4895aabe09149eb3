import { Injectable } from '@nestjs/common';
import type { Static } from '#schema/schema.js';
import type { ToolCall } from '#gateway/tools/tool.js';
import type { HostFunctions } from '#sandbox/sandbox.js';
import type { HostFunctionsModel } from '../dynamic-tool.schema.js';

/** What a tool was granted, as far as it asks for it. */
export interface Granted {
  /** Id of the tool. */
  readonly tool: string;
  readonly functions: Static<typeof HostFunctionsModel>;
}

/** What the gateway does for the code of a tool, on behalf of who calls it. */
@Injectable()
export class HostFunctionsService {
  /** For one call. */
  of(_granted: Granted, _call: ToolCall): HostFunctions {
    return {};
  }
}
