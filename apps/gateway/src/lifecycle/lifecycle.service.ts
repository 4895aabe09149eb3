import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import type { Config } from '#config/env.js';
import { WorkerLink } from './worker-link.js';

/** How often a stop looks for connections that have fallen silent. */
const SWEEP_MS = 100;

/** Where the process stands between its start and its end, and the way from one to the other. */
@Injectable()
export class LifecycleService implements OnApplicationBootstrap {
  private readonly logger = new Logger('Lifecycle');
  private readonly sockets = new Set<Socket>();
  private readonly end = new AbortController();
  private current: 'starting' | 'ready' | 'draining' | 'stopped' = 'starting';

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: ConfigService<Config, true>,
    /** Set in one of several processes that share the port. */
    @Optional() @Inject(WorkerLink) readonly worker: WorkerLink | undefined,
  ) {}

  get state(): typeof this.current {
    return this.current;
  }

  /** From the signal on: requests are still answered, new ones had better go elsewhere. */
  get draining(): boolean {
    return this.current === 'draining' || this.current === 'stopped';
  }

  /** Aborted when answers that have no end of their own, as streams, are to end. */
  get stopping(): AbortSignal {
    return this.end.signal;
  }

  onApplicationBootstrap(): void {
    this.current = 'ready';
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Says no to /readyz, and goes on serving until the balancers have noticed. */
  async drain(): Promise<void> {
    if (this.current !== 'ready') return;
    this.current = 'draining';
    await delay(this.config.get('SHUTDOWN_DRAIN_SECONDS', { infer: true }) * 1_000);
  }

  /**
   * While draining, each answer is the last on its connection. A client that learns it from the answer never sends a
   * request into a connection that is being closed; so what is closed at the end is only what has long been silent.
   */
  announce(reply: FastifyReply): void {
    if (this.draining) reply.raw.shouldKeepAlive = false;
  }

  /** Takes no more connections, and waits for the calls in flight until SHUTDOWN_TIMEOUT_SECONDS are over. */
  async stopServing(): Promise<void> {
    this.current = 'stopped';
    this.end.abort();
    const { server } = this;
    if (!server.listening) return;
    let finish: () => void;
    const over = new Promise<void>((resolve) => (finish = resolve));
    server.close(() => finish());
    const sweep = setInterval(() => this.closeSilent(), SWEEP_MS);
    const cut = setTimeout(
      () => {
        this.logger.warn(`${this.sockets.size} connections were cut: their calls took too long`);
        for (const socket of this.sockets) socket.destroy();
        finish();
      },
      this.config.get('SHUTDOWN_TIMEOUT_SECONDS', { infer: true }) * 1_000,
    );
    await over;
    clearInterval(sweep);
    clearTimeout(cut);
  }

  /** Connections between two requests; and those that never sent a byte, which Node takes for busy. */
  private closeSilent(): void {
    this.server.closeIdleConnections();
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}
