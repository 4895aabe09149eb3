import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { SandboxBusy, SandboxUnavailable } from '../sandbox.errors.js';
import { containerOf, type ContainerPlan } from './container-of.js';
import { type EngineLink, isFault, unless } from './engine-link.js';

/** Of one process, whatever they are for. */
const MOST = 64;
const AGAIN_SECONDS = 2;
const VOLUME_TRIES = 10;
const VOLUME_TRY_MS = 100;

/** A container that runs, and the way to its program. */
export interface Running {
  readonly id: string;
  /** Its standard input; and its output, as the engine frames it. */
  readonly stream: Duplex;
  /** Its exit code, once nothing is left of it. Rejects when the engine goes away first. */
  readonly gone: Promise<number>;
}

/** The containers of this process: every one is made here from the template, and removed here. */
export class Containers {
  private readonly live = new Set<string>();
  private readonly ending = new Set<Promise<void>>();
  /** Without an id as yet. */
  private making = 0;
  private closed = false;

  constructor(private readonly link: EngineLink) {}

  get isEmpty(): boolean {
    return this.live.size + this.making === 0;
  }

  /** @throws SandboxBusy, SandboxUnavailable; the signal's reason. Nothing is left behind then. */
  async start(plan: ContainerPlan, signal: AbortSignal): Promise<Running> {
    if (this.closed) throw new SandboxUnavailable('docker');
    if (this.live.size + this.making >= MOST) throw new SandboxBusy(AGAIN_SECONDS);
    this.making++;
    let container: Dockerode.Container;
    try {
      container = await this.link.ask((docker, abortSignal) =>
        docker.createContainer({ ...containerOf(plan), abortSignal }),
      );
      this.live.add(container.id);
    } finally {
      this.making--;
    }
    try {
      if (this.closed) throw new SandboxUnavailable('docker');
      signal.throwIfAborted();
      return await this.attachAndStart(container, signal);
    } catch (error) {
      await this.remove(container.id);
      throw error;
    }
  }

  /** Ends it, whatever it does, and takes it away. Resolves when the engine is done, or away. */
  remove(id: string): Promise<void> {
    const ended = this.end(id).finally(() => this.ending.delete(ended));
    this.ending.add(ended);
    return ended;
  }

  /** The same, and a volume that is its own. */
  removeWithVolume(id: string, volume: string): Promise<void> {
    const ended = this.remove(id)
      .then(() => this.removeVolume(volume))
      .finally(() => this.ending.delete(ended));
    this.ending.add(ended);
    return ended;
  }

  /** There may be one already. */
  async makeVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    await this.link.ask((docker, abortSignal) => docker.createVolume({ Name: name, Labels: labels, abortSignal }));
  }

  /** @returns false where a container has it in use */
  async dropVolume(name: string): Promise<boolean> {
    try {
      await this.link.ask((docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }));
      return true;
    } catch (error) {
      return !isFault(error, 409);
    }
  }

  /** One that a container is about to leave is waited for; one that is in use stays. */
  async removeVolume(name: string): Promise<void> {
    for (let tries = 0; tries < VOLUME_TRIES && !(await this.dropVolume(name)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, VOLUME_TRY_MS));
    }
  }

  /** Ends what there is. */
  async close(): Promise<void> {
    this.closed = true;
    while (this.making > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([...this.live].map((id) => this.remove(id)));
    await Promise.all(this.ending);
  }

  private async attachAndStart(container: Dockerode.Container, signal: AbortSignal): Promise<Running> {
    const stream = (await this.link.ask((_docker, abortSignal) =>
      container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true, abortSignal }),
    )) as Duplex;
    // A broken connection is seen where it ends.
    stream.on('error', () => undefined);
    try {
      const gone = unless(container.wait({ condition: 'removed' })).then(({ StatusCode }) => StatusCode as number);
      gone.catch(() => undefined);
      void gone.then(() => this.live.delete(container.id)).catch(() => undefined);
      await this.link.ask((_docker, abortSignal) => container.start({ abortSignal }));
      signal.throwIfAborted();
      return { id: container.id, stream, gone };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  private async end(id: string): Promise<void> {
    try {
      await this.link.ask((docker, abortSignal) =>
        docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
      this.live.delete(id);
    } catch (error) {
      // Gone, or going: the engine removes it by itself. Otherwise the reaper finds it.
      if (isFault(error, 404, 409)) this.live.delete(id);
    }
  }
}
