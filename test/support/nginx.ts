import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needProgram } from './programs.js';

const PROBE_MS = 100;

/**
 * A real nginx before several gateways, and beside it what an ingress controller does: it asks each gateway's /readyz,
 * and takes those that say no out of the configuration. nginx itself sends nothing twice that is not safe to repeat.
 */
export class Balancer implements AsyncDisposable {
  private members: readonly string[] = [];
  private loop: Promise<void> = Promise.resolve();
  private ended = false;
  reloads = 0;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    /** The gateways that there are at the moment, ready or not. */
    private readonly candidates: () => readonly string[],
  ) {}

  private child: ChildProcess | undefined;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  static async start(candidates: () => readonly string[]): Promise<Balancer> {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-nginx-'));
    const balancer = new Balancer(folder, await freePort(), candidates);
    balancer.members = await balancer.ready();
    await balancer.configure();
    balancer.child = spawn(needProgram('nginx'), balancer.arguments(), { stdio: ['ignore', 'ignore', 'inherit'] });
    for (;;) {
      const up = await fetch(`${balancer.url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) break;
      await wait(20);
    }
    balancer.loop = balancer.follow();
    return balancer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended = true;
    await this.loop;
    const exited = once(this.child!, 'exit');
    this.child!.kill('SIGQUIT');
    const timer = setTimeout(() => this.child!.kill('SIGTERM'), 5_000);
    await exited;
    clearTimeout(timer);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async follow(): Promise<void> {
    while (!this.ended) {
      const ready = await this.ready();
      if (ready.length > 0 && ready.join() !== this.members.join()) {
        this.members = ready;
        await this.configure();
        this.child!.kill('SIGHUP');
        this.reloads++;
      }
      await wait(PROBE_MS);
    }
  }

  private async ready(): Promise<string[]> {
    const candidates = this.candidates();
    const answers = await Promise.all(
      candidates.map((url) =>
        fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    return candidates.filter((_, index) => answers[index]);
  }

  private arguments(): string[] {
    return ['-p', this.folder, '-c', join(this.folder, 'nginx.conf'), '-g', 'daemon off;', '-e', 'error.log'];
  }

  private configure(): Promise<void> {
    const servers = this.members.map((url) => `server ${new URL(url).host} max_fails=0;`).join(' ');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${this.folder}/${name};`)
      .join(' ');
    return writeFile(
      join(this.folder, 'nginx.conf'),
      `worker_processes 1; pid ${this.folder}/nginx.pid; error_log ${this.folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; ${temporary}
  upstream gateways { ${servers} keepalive 32; }
  server {
    listen 127.0.0.1:${this.port};
    location / {
      proxy_pass http://gateways;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_next_upstream error timeout;
    }
  }
}`,
    );
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
