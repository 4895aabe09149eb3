import { Module } from '@nestjs/common';
import { HostFunctionsService } from './host-functions.service.js';

/** What code in a sandbox may ask of the gateway. */
@Module({ providers: [HostFunctionsService], exports: [HostFunctionsService] })
export class HostModule {}
