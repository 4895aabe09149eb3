import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { writeSandboxImage } from './docker-image.js';
import { findProgram, installPrograms, needProgram } from './programs.js';

const run = promisify(execFile);

export const SANDBOX_IMAGE = 'achilles-sandbox:test';
/** Where containers may be on a network. This machine has the first address of it. */
export const INSTALL_NETWORK = 'install';
const START_MS = 60_000;
const PROGRAMS = { dockerd: 'docker.io', docker: 'docker.io', iptables: 'iptables', busybox: 'busybox-static' };

/** A real Docker Engine, with a real image that there is no registry for. It needs root, and Linux. */
export class DockerEngineUnderTest {
  private constructor(readonly folder: string) {}

  get host(): string {
    return `unix://${this.folder}/docker.sock`;
  }

  /**
   * The one of this test run, which global-teardown stops. Undefined, said once, where none can be had; where one has to
   * be (`ACHILLES_NEEDS_DOCKER`) that is an error.
   */
  static async shared(): Promise<DockerEngineUnderTest | undefined> {
    const folder = process.env['TEST_DOCKER']!;
    const engine = new DockerEngineUnderTest(folder);
    const state = join(folder, 'state');
    await mkdir(folder, { recursive: true });
    // The first to make the file starts it, the others wait for what comes of it.
    const first = await open(state, 'wx').then(
      (file) => file.close().then(() => true),
      () => false,
    );
    if (first) {
      const why = await engine.start().then(
        () => 'up',
        (error: Error) => error.message.split('\n')[0]!,
      );
      if (why !== 'up' && !needed()) process.stderr.write(`no Docker Engine (${why}): its tests are passed over\n`);
      await writeFile(state, why);
    }
    for (let said = ''; ; said = await readFile(state, 'utf8')) {
      if (said === 'up') return engine;
      if (said !== '' && needed()) throw new Error(`the Docker Engine cannot be started: ${said}`);
      if (said !== '') return undefined;
      await delay(50);
    }
  }

  /** What this test run has started, if it has. */
  static left(): DockerEngineUnderTest | undefined {
    const folder = process.env['TEST_DOCKER'];
    return folder !== undefined && existsSync(folder) ? new DockerEngineUnderTest(folder) : undefined;
  }

  /** One of a test's own, for what it does to it. */
  static async own(folder: string): Promise<DockerEngineUnderTest> {
    const engine = new DockerEngineUnderTest(folder);
    await mkdir(folder, { recursive: true });
    await engine.start();
    return engine;
  }

  /** Again after `kill`, too. */
  async start(): Promise<void> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('that needs root on Linux');
    installPrograms(PROGRAMS);
    const daemon = needProgram('dockerd');
    const log = join(this.folder, 'dockerd.log');
    await appendFile(log, '');
    const output = await open(log, 'a');
    const child = spawn(daemon, this.settings(), { stdio: ['ignore', output.fd, output.fd], detached: true });
    child.unref();
    let code: number | null = null;
    child.on('exit', (exitCode) => (code = exitCode ?? 1));
    const deadline = Date.now() + START_MS;
    while ((await this.docker('version', '--format={{.Server.Version}}').catch(() => '')) === '') {
      if (code !== null || Date.now() > deadline)
        throw new Error(`dockerd: ${(await readFile(log, 'utf8')).slice(-200)}`);
      await delay(50);
    }
    await output.close();
    if ((await this.docker('images', '-q', SANDBOX_IMAGE)) === '') await this.prepare();
  }

  /** What the command line of Docker prints. */
  async docker(...args: string[]): Promise<string> {
    const { stdout } = await run(needProgram('docker'), ['-H', this.host, ...args]);
    return stdout.trim();
  }

  /** Of every container, running or not, with a label. */
  async containers(label = 'achilles.owner'): Promise<string[]> {
    return (await this.docker('ps', '-aq', '--filter', `label=${label}`)).split('\n').filter((id) => id !== '');
  }

  /** The address that containers on the network reach this machine at. */
  gateway(): Promise<string> {
    return this.docker('network', 'inspect', INSTALL_NETWORK, '--format={{(index .IPAM.Config 0).Gateway}}');
  }

  /** SIGSTOP: it accepts connections, and answers nothing. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), signal);
  }

  /** Ends it, its containers with it, and leaves its folder as it is. */
  async stop(): Promise<void> {
    const pid = await this.pid().catch(() => 0);
    if (pid === 0 || !isAlive(pid)) return;
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; isAlive(pid) && tries < 400; tries++) await delay(50);
  }

  /** Stops it for good. */
  async remove(): Promise<void> {
    if (!existsSync(this.folder)) return;
    if (existsSync(join(this.folder, 'docker.pid'))) {
      await this.docker('network', 'rm', INSTALL_NETWORK).catch(() => undefined);
      await this.stop();
    }
    await run('umount', ['-l', join(this.folder, 'data')]).catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async pid(): Promise<number> {
    return Number(await readFile(join(this.folder, 'docker.pid'), 'utf8'));
  }

  private settings(): string[] {
    const at = (name: string) => join(this.folder, name);
    const places = [`--data-root=${at('data')}`, `--exec-root=${at('exec')}`, `--pidfile=${at('docker.pid')}`];
    const network = ['--iptables=false', '--ip-forward=false', '--ip-masq=false', '--bridge=none'];
    return [`--host=${this.host}`, ...places, ...network, '--storage-driver=overlay2', '--log-level=warn'];
  }

  private async prepare(): Promise<void> {
    const root = join(this.folder, 'rootfs');
    await writeSandboxImage(root);
    const load = `tar -C '${root}' -c . | '${needProgram('docker')}' -H '${this.host}' import -c 'ENV PATH=/usr/bin:/bin' - ${SANDBOX_IMAGE}`;
    await run('/bin/sh', ['-c', load]);
    await rm(root, { recursive: true });
    await this.docker('network', 'create', '--driver=bridge', INSTALL_NETWORK);
  }
}

const needed = () => Boolean(process.env['ACHILLES_NEEDS_DOCKER']);

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Before anything starts in parallel, where it can be had. */
export function installDocker(): void {
  try {
    installPrograms(PROGRAMS);
  } catch (error) {
    if (needed()) throw error;
  }
  if (needed() && findProgram('dockerd') === undefined)
    throw new Error('ACHILLES_NEEDS_DOCKER is set: install docker.io');
}
