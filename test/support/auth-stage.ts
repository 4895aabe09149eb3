import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { Clock } from '#observability/clock.js';
import type { AppOptions } from '#gateway/app.module.js';
import type { Api } from './api.js';
import { Gateway } from './boot-gateway.js';
import { IdentityProvider } from './identity-provider.js';

/** A gateway that asks for the tokens of a real provider, with a clock that the test sets. */
export class AuthStage implements AsyncDisposable {
  private constructor(
    readonly provider: IdentityProvider,
    readonly gateway: Gateway,
  ) {}

  static async open(
    settings: Readonly<Record<string, string | number>> = {},
    options: AppOptions = {},
  ): Promise<AuthStage> {
    const provider = await IdentityProvider.start();
    return new AuthStage(provider, await Gateway.boot({ ...provider.settings, ...settings }, options));
  }

  /** Stops the gateway's clock here, or lets it run again. */
  set time(milliseconds: number | undefined) {
    this.gateway.app.get(Clock).now = milliseconds === undefined ? () => Date.now() : () => milliseconds;
  }

  as(token: string): Api {
    return this.gateway.api.with({ authorization: `Bearer ${token}` });
  }

  /** The samples of a metric, by the values of their labels. */
  async metric(name: string): Promise<Record<string, number>> {
    const metric = this.gateway.app.get(Registry).getSingleMetric(name);
    if (!metric) throw new Error(`there is no metric ${name}`);
    const { values } = await metric.get();
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  }

  /** Why the calls of `act` were refused, as the operator sees it. */
  async refusals(act: () => Promise<unknown>): Promise<string[]> {
    const before = await this.metric('dynamic_mcp_http_auth_denied_total');
    await act();
    const after = await this.metric('dynamic_mcp_http_auth_denied_total');
    return Object.keys(after).flatMap((reason) => Array<string>(after[reason]! - before[reason]!).fill(reason));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.provider[Symbol.asyncDispose]();
  }
}

/** An address that nobody should ask for anything. */
export class Canary implements AsyncDisposable {
  calls = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(answer: unknown): Promise<Canary> {
    const server = createServer((_request, response) => {
      canary.calls++;
      response.end(JSON.stringify(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const canary = new Canary(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
    return canary;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
