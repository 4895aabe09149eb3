import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { ActiveSessions } from '#gateway/sessions/active-sessions.service.js';

const EVENTS = ['opened', 'ended', 'unknown'] as const;

/** What becomes of the sessions of MCP, and how many of them listen. */
@Injectable()
export class LegacyMetrics {
  private readonly counters: Readonly<Record<(typeof EVENTS)[number], Counter.Internal>>;
  /** Asked when somebody looks. */
  listening: () => number = () => 0;

  constructor(
    registry: Registry,
    private readonly active: ActiveSessions,
  ) {
    const registers = [registry];
    const sessions = new Counter({
      name: 'achilles_mcp_sessions_total',
      help: 'Sessions of MCP: opened, ended by their client, and requests for one that is not known.',
      labelNames: ['event'],
      registers,
    });
    const [opened, ended, unknown] = EVENTS.map((event) => sessions.labels(event));
    this.counters = { opened: opened!, ended: ended!, unknown: unknown! };
    for (const counter of Object.values(this.counters)) counter.inc(0);
    const listening = () => this.listening();
    new Gauge({
      name: 'achilles_mcp_session_streams_open',
      help: 'Streams on which sessions of MCP hear of changes, open at this process.',
      registers,
      collect() {
        this.set(listening());
      },
    });
  }

  count(event: (typeof EVENTS)[number]): void {
    this.counters[event].inc();
  }

  /** A session called. */
  see(session: string): void {
    this.active.see(session);
  }
}
