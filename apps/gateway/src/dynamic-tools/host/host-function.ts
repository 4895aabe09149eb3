import { Logger } from '@nestjs/common';
import type { ToolCall } from '#gateway/tools/tool.js';
import type { HostFunction } from '#sandbox/sandbox.js';
import { HostFault } from './host-fault.js';

const logger = new Logger('HostFunctions');

/**
 * A function for the code of one call. It ends when the call does or the run; what it does not mean to tell stays here.
 * @param answer is given the arguments as the code gave them, and a signal of the call and of the run
 */
export function hostFunction(
  name: string,
  call: Pick<ToolCall, 'signal'>,
  answer: (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>,
): HostFunction {
  return async (args, ofRun) => {
    const signal = AbortSignal.any([call.signal, ofRun]);
    try {
      if (signal.aborted) throw new HostFault(`${name}: the call is over`);
      return await answer(args, signal);
    } catch (error) {
      if (error instanceof HostFault) throw error;
      if (signal.aborted) throw new HostFault(`${name}: the call is over`);
      logger.warn(`${name} failed: ${(error as Error).message}`);
      throw new HostFault(`${name} could not be done`);
    }
  };
}
