import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { addressOf } from '#config/upstream-variables.js';
import type { OpenApiUpstream } from '#config/upstreams-file.js';
import { EgressClient } from '#egress/egress-client.js';
import { Credentials } from '../credentials/credentials.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import { DocumentKeeper } from './openapi/document-keeper.js';
import { documentText } from './openapi/document-text.js';
import { OpenApiConnection } from './openapi/openapi-connection.js';

/** Speaks to HTTP APIs that are no MCP servers, as their OpenAPI document says. */
@Injectable()
export class OpenApiConnections {
  constructor(
    private readonly config: ConfigService<Config, true>,
    private readonly egress: EgressClient,
    private readonly credentials: Credentials,
  ) {}

  open(spec: OpenApiUpstream): UpstreamConnection {
    const { config, egress, credentials } = this;
    const address = addressOf(spec, (name) => config.get(name as keyof Config));
    const keeper = new DocumentKeeper(spec, documentText(spec, egress), (signal) =>
      this.shownTo(spec, address, signal),
    );
    return new OpenApiConnection({ spec, address, keeper, egress, credentials });
  }

  /** The document's server is shown the API's credential where both are the same origin that the operator named. */
  private async shownTo(
    spec: OpenApiUpstream,
    address: string | undefined,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const isSame =
      address !== undefined && URL.canParse(spec.document) && new URL(spec.document).origin === new URL(address).origin;
    if (!isSame || this.credentials.isPerCaller(spec)) return {};
    return (await this.credentials.of(spec, undefined, signal)).headers;
  }
}
