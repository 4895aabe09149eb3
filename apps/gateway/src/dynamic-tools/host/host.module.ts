import { Module } from '@nestjs/common';
import { HostFunctionsService } from './host-functions.service.js';
import { ToolValues } from './tool-values.js';

/** What code in a sandbox may ask of the gateway. */
@Module({ providers: [ToolValues, HostFunctionsService], exports: [HostFunctionsService] })
export class HostModule {}
