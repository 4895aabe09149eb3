import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { Config } from '#config/env.js';

/** Where browsers reach this gateway: never what a request says. */
@Injectable()
export class GatewayAddress {
  private readonly publicUrl: string | undefined;

  constructor(
    config: ConfigService<Config, true>,
    private readonly host: HttpAdapterHost,
  ) {
    this.publicUrl = config.get('PUBLIC_URL', { infer: true })?.replace(/\/+$/, '');
  }

  /** PUBLIC_URL; else, on this machine, where it listens. */
  get base(): string {
    if (this.publicUrl !== undefined) return this.publicUrl;
    const server = this.host.httpAdapter.getHttpServer() as { address(): AddressInfo | null; key?: unknown };
    const isTls = 'setSecureContext' in server;
    return `${isTls ? 'https' : 'http'}://127.0.0.1:${server.address()?.port ?? 0}`;
  }

  /** Where an authorisation server sends users back to. */
  get callback(): string {
    return `${this.base}/connect/callback`;
  }

  /** What the gateway is called where nobody has registered it: the address of a document about it. Https only. */
  get clientDocument(): string | undefined {
    return this.publicUrl?.startsWith('https://') ? `${this.publicUrl}/connect/client.json` : undefined;
  }
}
