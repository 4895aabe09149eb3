import type { FactoryProvider } from '@nestjs/common';
import { SandboxUnavailable } from '#sandbox/sandbox.errors.js';
import { SandboxSessions } from '#sandbox/sandbox-sessions.js';
import { DockerSandboxService } from '../running/docker-sandbox.service.js';

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
  inject: [DockerSandboxService],
  useFactory: ({ sandbox }: DockerSandboxService) => sandbox?.sessions ?? new NoSandboxSessions(),
};
