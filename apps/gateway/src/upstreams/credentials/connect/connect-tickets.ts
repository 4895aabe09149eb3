import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { Clock } from '#observability/clock.js';
import { type GrantKey, grantKey, Grants } from '../vault/grants.js';
import { GatewayAddress } from './gateway-address.js';

/** How long a user has to open the page and press its button. */
export const TICKET_MS = 600_000;

/** Leave to connect one upstream with one principal, once. */
export interface Ticket extends GrantKey {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Who calls in vain is told an address. In it stands, sealed, who called: the page has no other way to know. */
@Injectable()
export class ConnectTickets {
  constructor(
    private readonly seal: Seal,
    private readonly gateway: GatewayAddress,
    private readonly clock: Clock,
    private readonly grants: Grants,
  ) {}

  urlFor(caller: Caller, upstream: string): string {
    const ticket: Ticket = { ...grantKey(caller, upstream), id: randomUUID(), until: this.clock.now() + TICKET_MS };
    return `${this.gateway.base}/connect/${upstream}?ticket=${this.seal.seal('connect-ticket', ticket, upstream)}`;
  }

  /** @returns undefined for what is none, is one for another upstream, or has expired */
  open(text: string, upstream: string): Ticket | undefined {
    const opened = this.seal.open('connect-ticket', text, upstream);
    const ticket = opened && (JSON.parse(opened.toString()) as Ticket);
    return ticket && this.clock.now() < ticket.until ? ticket : undefined;
  }

  /** @returns true the first time, over all replicas */
  use({ id, until }: Ticket): Promise<boolean> {
    return this.grants.use(id, new Date(until));
  }
}
