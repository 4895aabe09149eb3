import { SlidingWindow } from './sliding-window.js';

/** What became of the runs of one scope of one tenant since the process began, or since the scope was last forgotten. */
export interface ScopeFigures {
  readonly scope: string;
  readonly total: number;
  readonly allowed: number;
  readonly rejectedRate: number;
  readonly rejectedConcurrency: number;
  readonly failed: number;
}

/** What the guard knows of one scope of one tenant. */
export class GuardedScope {
  readonly window: SlidingWindow;
  active = 0;
  allowed = 0;
  rejectedRate = 0;
  rejectedConcurrency = 0;
  failed = 0;

  constructor(
    readonly scope: string,
    windowMs: number,
  ) {
    this.window = new SlidingWindow(windowMs);
  }

  get figures(): ScopeFigures {
    const { scope, allowed, rejectedRate, rejectedConcurrency, failed } = this;
    const total = allowed + rejectedRate + rejectedConcurrency;
    return { scope, total, allowed, rejectedRate, rejectedConcurrency, failed };
  }
}
