import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { RecentSessions } from './recent-sessions.js';

/** Counts the sessions that this process serves: those that send events, and those of MCP. */
@Injectable()
export class ActiveSessions {
  private readonly sessions = new RecentSessions();

  constructor(registry: Registry) {
    const count = () => this.sessions.count(Date.now());
    new Gauge({
      name: 'dynamic_mcp_http_sessions_active',
      help: 'Agent sessions that sent events, and MCP sessions that called, through this process in the last five minutes.',
      registers: [registry],
      collect() {
        this.set(count());
      },
    });
  }

  /** @param session other for every session, of whatever kind */
  see(session: string): void {
    this.sessions.see(session, Date.now());
  }
}
