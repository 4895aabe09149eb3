import { Injectable } from '@nestjs/common';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { object, record } from '#schema/schema.js';
import { RuntimeConfig } from './runtime-config.service.js';
import { shown } from './tool-answers.js';

const SECTIONS = ['transport', 'dynamic', 'auth', 'security', 'sandbox', 'audit'] as const;

/** `system.runtime_config`: without anything that opens a door, or says where its key lies. */
@Injectable()
export class ReadRuntimeConfigTool extends BuiltinTool<object> {
  constructor(private readonly config: RuntimeConfig) {
    super({
      name: 'system.runtime_config',
      title: 'Configuration of the gateway',
      description:
        'Tells what this process is configured with: limits, engines, profile, by section. Of secrets, paths and addresses ' +
        'only whether they are set.',
      input: object({}),
      output: object(Object.fromEntries(SECTIONS.map((section) => [section, record()]))),
      scope: 'tools:admin',
      readOnly: true,
      idempotent: true,
    });
  }

  protected answer() {
    return Promise.resolve(shown(this.config.snapshot()));
  }
}
