import type { SessionOwner } from '../sandbox-sessions.js';
import type { Running } from './containers.js';
import { StreamFrames } from './stream-frames.js';

const SWEEP_MS = 3_000;

export interface SessionFacts {
  readonly id: string;
  readonly owner: SessionOwner;
  readonly image: string;
  readonly imageId: string;
  /** Milliseconds without a call after which it ends. */
  readonly idleMs: number;
  /** Where dependencies are put for it; it goes with the container. */
  readonly volume: string;
}

/** A container that lives on between calls, which take turns. */
export class DockerSession {
  readonly createdAt = new Date();
  lastUsedAt = this.createdAt;
  ended = false;
  /** Volumes of dependencies that it has a copy of. */
  readonly copied = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();
  private uses = 0;
  private timer: NodeJS.Timeout | undefined;
  private swept: ((all: boolean) => void) | undefined;

  constructor(
    readonly facts: SessionFacts,
    private readonly running: Running,
    private readonly onEnd: (session: DockerSession) => void,
  ) {
    const frames = new StreamFrames((_stream, bytes) => this.swept?.(bytes.toString().startsWith('swept')));
    running.stream.on('data', (piece: Buffer) => frames.take(piece));
    running.stream.on('close', () => this.end());
    running.stream.on('end', () => this.end());
    this.rest();
  }

  get containerId(): string {
    return this.running.id;
  }

  isOf({ tenant, subject }: SessionOwner): boolean {
    return this.facts.owner.tenant === tenant && this.facts.owner.subject === subject;
  }

  /** Does something when everything before is done. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.timer);
    this.uses++;
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.uses--;
      this.lastUsedAt = new Date();
      if (this.uses === 0 && !this.ended) this.rest();
    }
  }

  /** Kills every process in it. @returns false where that could not be done: the session has ended then */
  async sweep(): Promise<boolean> {
    if (this.ended) return false;
    const all = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), SWEEP_MS);
      this.swept = (done) => {
        clearTimeout(timer);
        resolve(done);
      };
      this.running.stream.write('sweep\n');
    });
    this.swept = undefined;
    if (!all) this.end();
    return all;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.swept?.(false);
    this.running.stream.destroy();
    this.onEnd(this);
  }

  private rest(): void {
    this.timer = setTimeout(() => this.end(), this.facts.idleMs).unref();
  }
}
