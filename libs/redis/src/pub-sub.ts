import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { RedisHealth } from './redis-health.js';

type Listener = (message: string) => void;

const ID_BYTES = 12;

/** Dead connections without traffic show themselves to nobody but the kernel. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Carries messages to the other processes on the same Redis. What is said while Redis is away is lost: it makes things
 * quick, and nothing may depend on it alone. Nobody hears itself.
 */
export class PubSub {
  /** Names this process among the others; new at every start. */
  readonly process = randomBytes(ID_BYTES).toString('base64url');
  private readonly logger = new Logger('Redis');
  private readonly listeners = new Map<string, Listener>();
  private readonly returns = new Set<() => void>();
  private subscriber: Redis | undefined;
  private wasReady = false;

  constructor(
    private readonly client: Redis,
    private readonly health: RedisHealth,
  ) {}

  /** @returns how many other processes have it; 0 when Redis is away */
  async publish(channel: string, message: string): Promise<number> {
    const receivers = await this.health.ask(() => this.client.publish(channel, `${this.process} ${message}`));
    if (receivers === undefined) return 0;
    return this.listeners.has(channel) ? Math.max(0, receivers - 1) : receivers;
  }

  /** One listener for a channel, for as long as the process lives. */
  subscribe(channel: string, listener: Listener): void {
    this.listeners.set(channel, listener);
    if (!this.subscriber) this.connect();
    else if (this.subscriber.status === 'ready') void this.listenTo(channel);
  }

  /** Calls back whenever messages may have been missed. */
  onReturn(listener: () => void): void {
    this.returns.add(listener);
  }

  stop(): void {
    this.subscriber?.disconnect();
  }

  /** A connection that listens can do nothing else. */
  private connect(): void {
    const subscriber = this.client.duplicate({ autoResubscribe: false, keepAlive: KEEP_ALIVE_MS });
    this.subscriber = subscriber;
    subscriber.on('error', () => undefined);
    subscriber.on('message', (channel: string, message: string) => this.hear(channel, message));
    subscriber.on('ready', () => void this.listenTo(...this.listeners.keys()));
    subscriber.connect().catch(() => undefined);
  }

  private async listenTo(...channels: string[]): Promise<void> {
    const again = this.wasReady;
    try {
      await this.subscriber!.subscribe(...channels);
    } catch {
      // The connection has gone; the next one subscribes.
      return;
    }
    this.wasReady = true;
    if (again && channels.length === this.listeners.size) for (const listener of this.returns) listener();
  }

  private hear(channel: string, text: string): void {
    const space = text.indexOf(' ');
    if (text.slice(0, space) === this.process) return;
    try {
      this.listeners.get(channel)?.(text.slice(space + 1));
    } catch (error) {
      this.logger.error(error, `a message on ${channel} could not be taken`);
    }
  }
}
