import { Bulkhead } from '#resilience/bulkhead.js';
import { HostFault } from './host-fault.js';

/** What one call may do through one host function: so often in all, so much of it at once; the rest of it waits. */
export class HostBudget {
  private readonly places: Bulkhead;
  private used = 0;

  constructor(
    private readonly name: string,
    private readonly most: number,
    atOnce: number,
  ) {
    this.places = new Bulkhead(atOnce, most);
  }

  /** @throws HostFault when it is used up; the signal's reason when it is aborted while this waits */
  async spend<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.used >= this.most) throw new HostFault(`${this.name}: at most ${this.most} times in one call`);
    this.used++;
    return inside(this.places, signal, work);
  }
}

/** Waits for a place and does the work there. @throws HostFault when too many wait; the signal's reason */
export async function inside<T>(places: Bulkhead, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (!places.tryEnter()) await queue(places, signal);
  try {
    return await work();
  } finally {
    places.leave();
  }
}

async function queue(places: Bulkhead, signal: AbortSignal): Promise<void> {
  const waiting = places.wait();
  if (!waiting) throw new HostFault('too much of this waits already: try again later');
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([waiting.entered, gone]);
  } catch (error) {
    waiting.giveUp();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
