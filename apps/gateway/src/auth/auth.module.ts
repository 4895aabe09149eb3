import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { readIssuers } from '#config/issuers-file.js';
import { AdminToken } from './admin-token.service.js';
import { AuthGuard } from './auth.guard.js';
import { AuthMetrics } from './auth.metrics.js';
import { CallerTokens } from './caller-tokens.js';
import { ISSUERS, Issuers } from './issuers.js';
import { CLOCK_TOLERANCE, JwtStrategy } from './jwt.strategy.js';
import { ProtectedResourceController } from './protected-resource.controller.js';
import { TokenMemory } from './token-memory.js';

/** Provides the guard that `request-stages.ts` puts in front of every route. */
@Module({
  controllers: [ProtectedResourceController],
  providers: [
    AdminToken,
    AuthGuard,
    AuthMetrics,
    CallerTokens,
    Issuers,
    JwtStrategy,
    TokenMemory,
    {
      provide: ISSUERS,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Config, true>) =>
        readIssuers({
          AUTH_MODE: config.get('AUTH_MODE', { infer: true }),
          AUTH_JWKS_URL: config.get('AUTH_JWKS_URL', { infer: true }),
          AUTH_ISSUER: config.get('AUTH_ISSUER', { infer: true }),
          AUTH_AUDIENCE: config.get('AUTH_AUDIENCE', { infer: true }),
          AUTH_TENANT_CLAIM: config.get('AUTH_TENANT_CLAIM', { infer: true }),
          ISSUERS_FILE: config.get('ISSUERS_FILE', { infer: true }),
        }),
    },
    {
      provide: CLOCK_TOLERANCE,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Config, true>) => config.get('AUTH_CLOCK_TOLERANCE_SECONDS', { infer: true }),
    },
  ],
  exports: [AdminToken, AuthGuard, CallerTokens],
})
export class AuthModule {}
