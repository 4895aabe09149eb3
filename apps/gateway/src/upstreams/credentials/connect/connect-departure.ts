import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { ConnectRefused } from '../credentials.errors.js';
import { loadOauth } from '../oauth/authorization-servers.js';
import { ConnectFlows, type Flow } from './connect-flows.js';
import { ConnectTickets, type Ticket } from './connect-tickets.js';
import { type UserServer, UserServers } from './user-servers.js';
import { UserUpstreams } from './user-upstreams.js';

/** What a ticket is for. */
export interface Offer {
  readonly ticket: Ticket;
  readonly spec: UpstreamSpec;
  /** Of the upstream. */
  readonly address: string;
  readonly user: UserServer;
}

export interface Departure {
  /** Where the browser is sent. */
  readonly location: string;
  readonly cookie: readonly [name: string, value: string];
}

const EXPIRED = 'This link is not valid, has expired or has been used. Call the tool again to get a new one.';

/** The way to the authorisation server: RFC 6749, 4.1.1, with PKCE and the resource (RFC 7636, RFC 8707). */
@Injectable()
export class ConnectDeparture {
  constructor(
    private readonly upstreams: UserUpstreams,
    private readonly tickets: ConnectTickets,
    private readonly servers: UserServers,
    private readonly flows: ConnectFlows,
  ) {}

  /** Changes nothing: programs look at links before people do. @throws ConnectRefused, CredentialRefused, BackendUnavailable */
  async look(upstream: string, sealed: string): Promise<Offer> {
    const ticket = this.tickets.open(sealed, upstream);
    const named = this.upstreams.named(upstream);
    if (!ticket || !named) throw new ConnectRefused(EXPIRED);
    return { ticket, ...named, user: await this.servers.of(named.spec) };
  }

  /** The button was pressed: the ticket is used up. @throws as `look` */
  async depart(upstream: string, sealed: string): Promise<Departure> {
    const { ticket, user } = await this.look(upstream, sealed);
    if (!(await this.tickets.use(ticket))) throw new ConnectRefused(EXPIRED);
    const flow = await this.flows.begin(ticket, user);
    return { location: await locationOf(user, flow), cookie: this.flows.cookieOf(flow) };
  }
}

async function locationOf({ server, client, resource, scopes }: UserServer, flow: Flow): Promise<string> {
  const oauth = await loadOauth();
  const url = new URL(server.metadata.authorization_endpoint!);
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: flow.callback,
    state: flow.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: 'S256',
    resource,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
