import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { AnswerWatch } from './answer-watch.js';

const PROBE_INTERVAL_MS = 200;
const PROBE_TIMEOUT_MS = 1_000;
const START_TIMEOUT_MS = 1_000;
const CLOSED = 'the connection was closed';

/**
 * Whether Redis serves, as far as anybody has noticed: a broken connection, a refusal or 50 ms of silence turn it off,
 * and a probe turns it on again by itself. Whoever needs Redis looks here first and does not wait for one that is away.
 */
export class RedisHealth {
  private readonly logger = new Logger('Redis');
  private readonly watch = new AnswerWatch(() => this.silence());
  private state: 'starting' | 'present' | 'away' | 'stopped' = 'starting';
  private connectedAt = 0;
  private lastError = CLOSED;
  private timer: NodeJS.Timeout | undefined;
  private probing: () => Promise<unknown>;
  private readonly known = Promise.withResolvers<void>();

  constructor(private readonly client: Redis) {
    this.probing = () => client.ping();
    client.on('error', (error: Error) => (this.lastError = error.message));
    client.on('connect', () => (this.connectedAt = performance.now()));
    client.on('ready', () => void this.probe());
    client.on('close', () => this.reportFault(this.lastError));
  }

  get available(): boolean {
    return this.state === 'present';
  }

  /** Connects; resolves when Redis serves, or is known not to. A gateway starts without it as well. */
  async start(): Promise<void> {
    const deadline = setTimeout(() => this.reportFault('it does not answer'), START_TIMEOUT_MS);
    this.client.connect().catch((error: Error) => this.reportFault(error.message));
    await this.known.promise;
    clearTimeout(deadline);
  }

  /** What Redis has to do to count as serving, in place of a mere PING. */
  probeWith(probing: () => Promise<unknown>): void {
    this.probing = probing;
  }

  /** To be called with every question to Redis, and `answered` with its answer or its failure. */
  asked(): void {
    this.watch.asked();
  }

  answered(): void {
    this.watch.answered();
  }

  /** Puts a question to Redis. @returns undefined while it is away, or when it fails */
  async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    if (!this.available) return undefined;
    this.asked();
    try {
      return await question();
    } catch (error) {
      this.reportFault((error as Error).message);
      return undefined;
    } finally {
      this.answered();
    }
  }

  /** Says that Redis does not serve. Told once, however many notice. */
  reportFault(reason: string): void {
    if (this.state === 'away' || this.state === 'stopped') return;
    this.state = 'away';
    this.logger.warn(`Redis is away: ${reason}`);
    this.known.resolve();
    this.probeLater();
  }

  stop(): void {
    this.state = 'stopped';
    this.known.resolve();
    clearTimeout(this.timer);
    this.watch.stop();
    this.client.disconnect();
    this.drop();
  }

  private silence(): void {
    this.reportFault('it does not answer');
    this.drop();
  }

  /** Breaks the connection off, which fails everything that waits on it; a polite end would wait for the other side. */
  private drop(): void {
    (this.client as unknown as { stream?: Socket }).stream?.destroy();
  }

  private probeLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.probe(), PROBE_INTERVAL_MS).unref();
  }

  private async probe(): Promise<void> {
    if (this.state !== 'starting' && this.state !== 'away') return;
    const { status } = this.client;
    if (status === 'connect' && performance.now() - this.connectedAt > PROBE_TIMEOUT_MS) this.drop();
    if (status === 'ready' && (await this.serves())) this.back();
    else if (this.state === 'away') this.probeLater();
  }

  private async serves(): Promise<boolean> {
    const deadline = setTimeout(() => this.drop(), PROBE_TIMEOUT_MS);
    try {
      await this.probing();
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.reportFault(message);
      // The address may lead to another server now: the one that we hold has become a replica.
      if (message.startsWith('READONLY')) this.drop();
      return false;
    } finally {
      clearTimeout(deadline);
    }
  }

  private back(): void {
    if (this.state === 'away') this.logger.log('Redis is back');
    else if (this.state !== 'starting') return;
    this.state = 'present';
    this.lastError = CLOSED;
    clearTimeout(this.timer);
    this.known.resolve();
  }
}
