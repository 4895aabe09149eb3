import { randomUUID } from 'node:crypto';
import { labelsOf } from '#sandbox/docker/container-of.js';
import { DockerSandbox } from '#sandbox/docker/docker-sandbox.js';
import type { DockerOptions } from '#sandbox/docker/docker-options.js';
import { NO_OWNERS } from '#sandbox/docker/owners.js';
import type { SandboxRun } from '#sandbox/sandbox.js';
import { type DockerEngineUnderTest, INSTALL_NETWORK, SANDBOX_IMAGE } from './docker-engine.js';

/** Of a gateway that runs small things. */
export function dockerOptions(host: string, more: Partial<DockerOptions> = {}): DockerOptions {
  return {
    host,
    images: [SANDBOX_IMAGE],
    blockedPackages: ['child_process', 'node-pty', 'npm', 'pm2'],
    limits: { memory: 128 * 1_048_576, cpus: 1 },
    maxOutputBytes: 20_000,
    maxTimeoutMs: 60_000,
    sessionTimeoutMs: 60_000,
    maxSessions: 3,
    installNetwork: INSTALL_NETWORK,
    dependencySets: 32,
    owner: randomUUID(),
    owners: NO_OWNERS,
    ...more,
  };
}

/** One gateway's part of the engine, which is closed with the stack. */
export function sandboxAt(stack: AsyncDisposableStack, options: DockerOptions): DockerSandbox {
  return stack.adopt(new DockerSandbox(options), (sandbox) => sandbox.close());
}

export function aRun(code: string, more: Partial<SandboxRun> = {}): SandboxRun {
  const signal = new AbortController().signal;
  return { tenant: 'acme', code, args: {}, timeoutMs: 30_000, signal, ...more };
}

/** What a gateway that was killed leaves behind: its labels, and nobody at the other end. @returns its id */
export function leftBy(docker: DockerEngineUnderTest, owner: string, expires: number): Promise<string> {
  const labels = Object.entries(labelsOf(owner, 'run', expires)).map(([name, value]) => `--label=${name}=${value}`);
  return docker.docker('run', '-d', '--network=none', ...labels, SANDBOX_IMAGE, 'sleep', '600');
}
