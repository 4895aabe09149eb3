import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type Dockerode from 'dockerode';
import { ImageMissing, SandboxUnavailable } from '../sandbox.errors.js';
import { engineAddress } from './engine-address.js';
import type { DockerOptions } from './docker-options.js';

/** What an engine that is there answers within, be it asked how it is. */
const PING_MS = 2_000;
/** Making and starting containers takes a busy engine its time. */
const ASK_MS = 30_000;

/** Its types leave out what it takes. */
interface Pingable {
  ping(options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** An answer of the engine that is not what was asked for. */
export interface EngineFault extends Error {
  readonly statusCode?: number;
}

/** The way to the Docker Engine. It may go and come back as it likes: every question begins with whether it is there. */
export class EngineLink {
  private client: Promise<Dockerode> | undefined;
  private isAway = false;

  constructor(private readonly options: Pick<DockerOptions, 'host' | 'certPath' | 'log'>) {}

  /** Loads the client, which keeps the event loop busy for half a second: better before anybody waits for it. */
  async load(): Promise<void> {
    await this.open().catch(() => undefined);
  }

  /** Whether the engine answers now. */
  async answers(): Promise<boolean> {
    try {
      await this.docker();
      return true;
    } catch {
      return false;
    }
  }

  /** The client, when the engine answers. @throws SandboxUnavailable within 2 s */
  async docker(): Promise<Dockerode> {
    try {
      const docker = await this.open();
      await within(PING_MS, (abortSignal) => (docker as Pingable).ping({ abortSignal }));
      this.noticed(false);
      return docker;
    } catch (error) {
      this.noticed(true);
      throw new SandboxUnavailable('docker', error);
    }
  }

  /** Asks the engine. @throws EngineFault as it answers, SandboxUnavailable where it does not */
  async ask<T>(question: (docker: Dockerode, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const docker = await this.docker();
    return unless(within(ASK_MS, (abortSignal) => question(docker, abortSignal)));
  }

  /** The digest of an image. @throws ImageMissing */
  async imageId(image: string): Promise<string> {
    try {
      const { Id } = await this.ask((docker) => docker.getImage(image).inspect());
      return Id;
    } catch (error) {
      throw isFault(error, 404) ? new ImageMissing(image) : error;
    }
  }

  private open(): Promise<Dockerode> {
    this.client ??= this.connect().catch((error: unknown) => {
      this.client = undefined;
      throw error;
    });
    return this.client;
  }

  private async connect(): Promise<Dockerode> {
    const [{ default: Client }, address] = await Promise.all([
      // Where there is no engine, nobody pays for it.
      import('dockerode'),
      engineAddress(this.options.host, this.options.certPath),
    ]);
    // No connection is used again: one to an engine that was started anew would be a dead one.
    const agent = address.protocol === 'https' ? new HttpsAgent(address as object) : new HttpAgent();
    const client = new Client(address);
    (client.modem as { agent?: object }).agent = agent;
    return client;
  }

  private noticed(isAway: boolean): void {
    if (isAway !== this.isAway) this.options.log?.(`the Docker Engine is ${isAway ? 'away' : 'back'}`);
    this.isAway = isAway;
  }
}

/** What is not an answer of the engine means that it is away. */
export async function unless<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw (error as EngineFault).statusCode === undefined ? new SandboxUnavailable('docker', error) : error;
  }
}

export const isFault = (error: unknown, ...statuses: readonly number[]) =>
  statuses.includes((error as EngineFault).statusCode ?? 0);

/** The question is told to stop; whether or not it does, nobody waits for it any longer. */
async function within<T>(ms: number, question: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new Error(`no answer within ${ms} ms`);
    late.reject(reason);
    deadline.abort(reason);
  }, ms);
  try {
    return await Promise.race([question(deadline.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
