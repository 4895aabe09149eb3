import { Injectable } from '@nestjs/common';
import type { OpenApiUpstream } from '#config/upstreams-file.js';
import { Credentials } from '../credentials/credentials.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import { UpstreamOrigins } from '../upstream-origin.js';
import { DocumentKeeper } from './openapi/document-keeper.js';
import { documentText } from './openapi/document-text.js';
import { OpenApiConnection } from './openapi/openapi-connection.js';

/** Speaks to HTTP APIs that are no MCP servers, as their OpenAPI document says. */
@Injectable()
export class OpenApiConnections {
  constructor(
    private readonly origins: UpstreamOrigins,
    private readonly credentials: Credentials,
  ) {}

  open(spec: OpenApiUpstream): UpstreamConnection {
    const { origins, credentials } = this;
    const address = origins.addressOf(spec);
    const keeper = new DocumentKeeper(spec, documentText(spec, origins), (signal) =>
      this.shownTo(spec, address, signal),
    );
    return new OpenApiConnection({ spec, address, keeper, origins, credentials });
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
