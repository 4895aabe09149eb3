import { Injectable } from '@nestjs/common';

/** What time it is, for what is decided by it to the second: a test sets its own. */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now();
  }
}
