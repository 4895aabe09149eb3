import { Injectable } from '@nestjs/common';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { VERSION } from '#gateway/health/version.js';
import { number, object, string } from '#schema/schema.js';
import { SERVICE } from './service-name.js';
import { shown } from './tool-answers.js';

/** `system.health`: that whoever asks is answered at all. */
@Injectable()
export class ReadHealthTool extends BuiltinTool<object> {
  constructor() {
    super({
      name: 'system.health',
      title: 'Health of the gateway',
      description:
        'Tells that the gateway is there, its version, and for how many seconds this process has been running.',
      input: object({}),
      output: object({ status: string(), service: string(), version: string(), uptimeSeconds: number() }),
      scope: 'tools:call',
      readOnly: true,
      idempotent: true,
    });
  }

  protected answer() {
    const uptimeSeconds = Math.round(process.uptime() * 1_000) / 1_000;
    return Promise.resolve(shown({ status: 'ok', service: SERVICE, version: VERSION, uptimeSeconds }));
  }
}
