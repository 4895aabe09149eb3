import { Controller, Get, NotFoundException, Req } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { FastifyRequest } from 'fastify';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { Undocumented } from '#gateway/http/documented.js';
import { Public } from './auth.decorators.js';
import { Issuers } from './issuers.js';
import { originOf, resourceOf, RESOURCES, WELL_KNOWN } from './protected-resource.js';
import { SCOPES } from './scopes.js';

/** Protected-resource metadata, RFC 9728: where a client gets a token for which part of this gateway. */
@Controller(WELL_KNOWN)
export class ProtectedResourceController {
  private readonly publicUrl: string | undefined;
  private readonly scopes: readonly string[];

  constructor(
    private readonly issuers: Issuers,
    config: ConfigService<Config, true>,
  ) {
    this.publicUrl = config.get('PUBLIC_URL', { infer: true });
    const required = splitList(config.get('AUTH_REQUIRED_SCOPES', { infer: true }));
    this.scopes = [...new Set([...required, ...SCOPES])];
  }

  @Get(['', ...RESOURCES, 'mcp/u/:mount', 'mcp/v/:mount'])
  @Public()
  @Undocumented()
  getProtectedResource(@Req() request: FastifyRequest) {
    if (!this.issuers.any) throw new NotFoundException();
    const asked = request.url.split('?', 1)[0]!.slice(WELL_KNOWN.length + 2);
    const resource = resourceOf(asked);
    return {
      resource: `${originOf(request, this.publicUrl)}${resource === undefined ? '' : `/${resource}`}`,
      resource_name: 'Achilles Gateway',
      authorization_servers: this.issuers.names,
      bearer_methods_supported: ['header'],
      scopes_supported: this.scopes,
    };
  }
}
