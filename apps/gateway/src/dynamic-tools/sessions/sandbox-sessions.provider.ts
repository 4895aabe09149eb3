import type { FactoryProvider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';

const away = () => Promise.reject(new SandboxUnavailable('docker'));

/** Where there is no engine that could hold any. */
class NoSandboxSessions extends SandboxSessions {
  initialize = away;
  exec = away;
  runJs = away;
  stop = away;
  list = away;
}

export const SANDBOX_SESSIONS_PROVIDER: FactoryProvider<SandboxSessions> = {
  provide: SandboxSessions,
  inject: [ConfigService],
  useFactory: (_config: ConfigService<Config, true>) => new NoSandboxSessions(),
};
