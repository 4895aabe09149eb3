import type { Caller } from '#core/caller.js';
import type { ChangeOrigin } from '#gateway/audit/change-records.service.js';
import type { CallChannel } from '../call-channel.js';
import type { JsonObject, NestedCall, Tool, ToolAnswer } from '../tool.js';
import type { CallTime } from './call-time.js';

/** A call that may be made: what goes from stage to stage. */
export interface Work {
  readonly tool: Tool;
  readonly caller: Caller;
  /** Checked. */
  readonly arguments: JsonObject;
  readonly secrets?: JsonObject;
  readonly channel: CallChannel;
  readonly time: CallTime;
  readonly callTool: NestedCall;
  readonly origin: ChangeOrigin;
  /** Of calls inside calls. */
  readonly depth?: number;
}

/** An answer that may go to the client. */
export interface Finished {
  readonly answer: ToolAnswer;
  /** Of its JSON, in UTF-8. */
  readonly bytes: number;
  /** What was found in it and taken out. */
  readonly flags?: readonly string[];
}
