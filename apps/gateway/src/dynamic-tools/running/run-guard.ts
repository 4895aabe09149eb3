import { Injectable } from '@nestjs/common';
import type { RunOutcome } from '#sandbox/sandbox.js';

/** Bounds how often, and how many times at once, one scope of one tenant runs. */
@Injectable()
export class RunGuard {
  /** @throws RunRejected */
  async through(_tenant: string, _scope: string, run: () => Promise<RunOutcome>): Promise<RunOutcome> {
    return run();
  }
}
