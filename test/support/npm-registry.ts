import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PackageSource {
  readonly name: string;
  readonly version: string;
  /** By path; package.json is made of the manifest. */
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** A registry of npm packages, with the documents and the archives that the real one has. */
export class NpmRegistry implements AsyncDisposable {
  readonly asked: string[] = [];
  /** Answers for names that it does not have, in place of 404. */
  delayMs = 0;
  private readonly documents = new Map<string, object>();
  private readonly archives = new Map<string, Buffer>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param address where containers reach it */
  static async start(address: string, packages: readonly PackageSource[]): Promise<NpmRegistry> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const registry = new NpmRegistry(server, `http://${address}:${(server.address() as AddressInfo).port}`);
    for (const source of packages) await registry.publish(source);
    server.on('request', (request, response) => {
      registry.asked.push(request.url!);
      const name = decodeURIComponent(request.url!.slice(1));
      const body = registry.archives.get(name) ?? registry.documents.get(name);
      setTimeout(() => {
        if (!body) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
        const isArchive = Buffer.isBuffer(body);
        response.setHeader('content-type', isArchive ? 'application/octet-stream' : 'application/json');
        return response.end(isArchive ? body : JSON.stringify(body));
      }, registry.delayMs);
    });
    return registry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async publish({ name, version, files, manifest = {} }: PackageSource): Promise<void> {
    const archive = await archiveOf({ ...files, 'package.json': JSON.stringify({ name, version, ...manifest }) });
    const path = `${name}/-/${name.split('/').at(-1)}-${version}.tgz`;
    this.archives.set(path, archive);
    const dist = {
      tarball: `${this.url}/${path}`,
      shasum: createHash('sha1').update(archive).digest('hex'),
      integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
    };
    const versions = { [version]: { name, version, ...manifest, dist } };
    this.documents.set(name, { name, 'dist-tags': { latest: version }, versions });
  }
}

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'achilles-pack-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, 'package', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await run('tar', ['-czf', join(folder, 'packed.tgz'), '-C', folder, 'package']);
    return await readFile(join(folder, 'packed.tgz'));
  } finally {
    await rm(folder, { recursive: true });
  }
}
