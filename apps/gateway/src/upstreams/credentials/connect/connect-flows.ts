import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Seal } from '#gateway/seal/seal.service.js';
import { Clock } from '#observability/clock.js';
import { ConnectRefused } from '../credentials.errors.js';
import { loadOauth } from '../oauth/authorization-servers.js';
import { type GrantKey, Grants } from '../vault/grants.js';
import type { Ticket } from './connect-tickets.js';
import { GatewayAddress } from './gateway-address.js';
import type { UserServer } from './user-servers.js';

/** How long a user may take at the authorisation server. */
export const FLOW_MS = 600_000;

/** What a browser is asked to bring back, sealed, in a cookie that no other browser has. */
export interface Flow extends GrantKey {
  readonly id: string;
  readonly state: string;
  /** Of PKCE. */
  readonly verifier: string;
  /** Who was asked: an answer in another one's name is not taken. */
  readonly server: string;
  readonly client: string;
  readonly callback: string;
  readonly scopes: readonly string[];
  readonly until: number;
}

export type CookieOf = (name: string) => string | undefined;

const ASTRAY = 'This is not an answer to anything that this browser asked for. Call the tool again and start anew.';
export const astray = () => new ConnectRefused(ASTRAY);

/** Ways to an authorisation server and back, each bound to one browser. */
@Injectable()
export class ConnectFlows {
  constructor(
    private readonly seal: Seal,
    private readonly gateway: GatewayAddress,
    private readonly clock: Clock,
    private readonly grants: Grants,
  ) {}

  async begin({ tenant, issuer, subject, upstream }: Ticket, { server, client, scopes }: UserServer): Promise<Flow> {
    const oauth = await loadOauth();
    return {
      id: randomUUID(),
      state: oauth.generateRandomState(),
      verifier: oauth.generateRandomCodeVerifier(),
      tenant,
      issuer,
      subject,
      upstream,
      server: server.metadata.issuer,
      client: client.id,
      callback: this.gateway.callback,
      scopes,
      until: this.clock.now() + FLOW_MS,
    };
  }

  /** @returns name and value */
  cookieOf(flow: Flow): readonly [name: string, value: string] {
    const name = nameOf(flow.state);
    return [name, this.seal.seal('connect-flow', flow, name)];
  }

  /** The one that an answer belongs to, once. @throws ConnectRefused */
  async end(parameters: URLSearchParams, cookieOf: CookieOf): Promise<Flow> {
    const [state, another] = parameters.getAll('state');
    if (state === undefined || another !== undefined) throw astray();
    const name = nameOf(state);
    const opened = this.seal.open('connect-flow', cookieOf(name) ?? '', name);
    const flow = opened && (JSON.parse(opened.toString()) as Flow);
    if (!flow || !isSame(flow.state, state) || this.clock.now() >= flow.until) throw astray();
    if (!(await this.grants.use(flow.id, new Date(flow.until)))) throw astray();
    return flow;
  }
}

/** Of the cookie that belongs to a state: several flows may be under way in one browser. */
const nameOf = (state: string): string => hash('sha256', state).slice(0, 16);

const isSame = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
