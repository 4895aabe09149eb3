import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { HostFunctionsService } from '../host/host-functions.service.js';
import { Runs } from '../running/runs.service.js';
import { ArgumentSchemas } from './arguments/argument-schemas.js';
import { ToolCode } from './tool-code.js';

/** The answer stands in a result twice, once as a text, where quotes are escaped; so does what was logged. */
const COPIES = 8;
const FRAME_BYTES = 16_384;

/** What every dynamic tool is built of. */
@Injectable()
export class DynamicToolParts {
  readonly maxResultBytes: number;

  constructor(
    readonly runs: Runs,
    readonly host: HostFunctionsService,
    readonly code: ToolCode,
    readonly schemas: ArgumentSchemas,
    config: ConfigService<Config, true>,
  ) {
    this.maxResultBytes = COPIES * config.get('MCP_SANDBOX_MAX_OUTPUT_BYTES', { infer: true }) + FRAME_BYTES;
  }
}
