import { Module } from '@nestjs/common';
import { Cors } from './cors.js';
import { MalformedRequests } from './malformed-requests.js';
import { RequestLifetime } from './request-lifetime.js';

const STAGES = [RequestLifetime, MalformedRequests, Cors];

/** Provides what `request-stages.ts` puts around every request. */
@Module({ providers: STAGES, exports: STAGES })
export class HttpModule {}
