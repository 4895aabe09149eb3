import { createHash } from 'node:crypto';
import { DependenciesFailed, SandboxBusy } from '../sandbox.errors.js';
import type { Dependency } from '../sandbox.js';
import type { VolumePlan } from './container-of.js';
import type { Containers } from './containers.js';
import type { DockerOptions } from './docker-options.js';
import { type EngineLink, isFault } from './engine-link.js';
import { INSTALL_PROGRAM, type InstallInput } from './programs/install.program.js';
import { runProgram } from './run-program.js';

const PREFIX = 'achilles-deps-';
const INSTALL_MS = 120_000;
const MOST_WORDS = 16_384;
const SHOWN_WORDS = 600;
const WAIT_MS = 500;
/** In a row, of an installation that somebody else takes away before it can be used. */
const MOST_TRIES = 3;
const AGAIN_SECONDS = 1;
const LABELS = { 'achilles.kind': 'dependencies' };

type Options = Pick<DockerOptions, 'limits' | 'npmRegistry' | 'installNetwork' | 'dependencySets' | 'owner'>;

/**
 * Installed dependencies, each set in a volume that is named after what is in it. Code sees it read-only; nothing that
 * a tenant says but names and versions has a part in what is in it, so that tenants may share one.
 */
export class DependencyCaches {
  private readonly installing = new Map<string, Promise<void>>();
  /** When this process used them last, milliseconds since 1970. In here: installed in full. */
  private readonly used = new Map<string, number>();

  constructor(
    private readonly link: EngineLink,
    private readonly containers: Containers,
    private readonly options: Options,
  ) {}

  /**
   * Does something with the volume that has these dependencies at its root. Another gateway may take it away before a
   * container holds it, and the engine makes an empty one of that name then: where `use` finds that, and answers undefined,
   * they are installed again.
   * @throws DependenciesFailed, SandboxBusy, SandboxUnavailable; the signal's reason; what `use` throws
   */
  async with<T>(
    imageId: string,
    dependencies: readonly Dependency[],
    signal: AbortSignal,
    use: (volume: Pick<VolumePlan, 'name' | 'labels'>) => Promise<T | undefined>,
  ): Promise<T> {
    const name = PREFIX + keyOf(imageId, dependencies);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (!this.used.has(name) || !(await this.exists(name)))
        await this.installOnce(name, imageId, dependencies, signal);
      this.used.set(name, Date.now());
      const done = await use({ name, labels: LABELS });
      if (done !== undefined) return done;
      await this.removeVolume(name);
    }
    throw new SandboxBusy(AGAIN_SECONDS);
  }

  /** Whoever else wants the same waits for it; the one that gives up does not end it for the others. */
  private async installOnce(
    name: string,
    imageId: string,
    dependencies: readonly Dependency[],
    signal: AbortSignal,
  ): Promise<void> {
    let installed = this.installing.get(name);
    if (!installed) {
      installed = this.install(name, imageId, dependencies).finally(() => this.installing.delete(name));
      this.installing.set(name, installed);
    }
    installed.catch(() => undefined);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await Promise.race([installed, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  private async install(name: string, imageId: string, dependencies: readonly Dependency[]): Promise<void> {
    const deadline = AbortSignal.timeout(INSTALL_MS);
    try {
      await this.fill(name, imageId, dependencies, deadline);
    } catch (error) {
      // What is half there is of no use to anybody. Another gateway may be at it: then the engine refuses.
      await this.removeVolume(name);
      throw deadline.aborted ? new DependenciesFailed('it took too long.') : error;
    }
    await this.tidy(name);
  }

  private async fill(
    name: string,
    image: string,
    dependencies: readonly Dependency[],
    signal: AbortSignal,
  ): Promise<void> {
    const { limits, owner, npmRegistry: registry, installNetwork: network } = this.options;
    await this.containers.makeVolume(name, LABELS);
    const expires = Date.now() + INSTALL_MS * 2;
    const plan = { kind: 'install', image, program: INSTALL_PROGRAM, limits, owner, expires, network } as const;
    const place = {
      name: `achilles-install-${name.slice(PREFIX.length)}`,
      volumes: [{ name, at: '/tmp', readOnly: false, labels: LABELS }],
    };
    const manifest = JSON.stringify({ private: true, dependencies: entriesOf(dependencies) });
    const input: Omit<InstallInput, 'mark'> = { key: name, manifest, registry };
    const bounds = { timeoutMs: INSTALL_MS, most: MOST_WORDS, signal };
    for (;;) {
      try {
        const end = await runProgram(this.containers, { ...plan, ...place }, { ...input }, bounds);
        const told = (end.told && JSON.parse(end.told)) as { ok?: boolean; why?: string };
        if (end.cause === 'told' && told.ok) return;
        throw new DependenciesFailed(
          shown(registry, told.why ?? `npm ended (${end.cause}, ${end.exitCode ?? 'no code'})`),
        );
      } catch (error) {
        // The name is taken: another gateway installs the same at this moment.
        if (!isFault(error, 409)) throw error;
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      }
    }
  }

  private async exists(name: string): Promise<boolean> {
    try {
      await this.link.ask((docker) => docker.getVolume(name).inspect());
      return true;
    } catch (error) {
      if (isFault(error, 404)) return false;
      throw error;
    }
  }

  /**
   * Those that were not used for longest go first; one that a container has in use stays. Of what other gateways use is
   * known since when it is there.
   */
  private async tidy(fresh: string): Promise<void> {
    const found = await this.link
      .ask((docker) => docker.listVolumes({ filters: { label: ['achilles.kind=dependencies'] } }))
      // There is room again after the next installation.
      .catch(() => ({ Volumes: [] as readonly ListedVolume[] }));
    const volumes: readonly ListedVolume[] = found.Volumes;
    const lastUsed = ({ Name, CreatedAt = '' }: ListedVolume) => this.used.get(Name) ?? (Date.parse(CreatedAt) || 0);
    const oldFirst = volumes.filter(({ Name }) => Name !== fresh).sort((a, b) => lastUsed(a) - lastUsed(b));
    let surplus = oldFirst.length + 1 - this.options.dependencySets;
    for (const { Name } of oldFirst) {
      if (surplus <= 0) return;
      if (!(await this.containers.dropVolume(Name))) continue;
      this.used.delete(Name);
      surplus--;
    }
  }

  private async removeVolume(name: string): Promise<void> {
    this.used.delete(name);
    await this.containers.removeVolume(name);
  }
}

/** Its type leaves out when it was made. */
interface ListedVolume {
  readonly Name: string;
  /** ISO 8601, whole seconds. */
  readonly CreatedAt?: string;
}

const entriesOf = (dependencies: readonly Dependency[]) =>
  Object.fromEntries(
    [...dependencies].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, version }) => [name, version.trim()]),
  );

const keyOf = (imageId: string, dependencies: readonly Dependency[]) =>
  createHash('sha256')
    .update(JSON.stringify([imageId, entriesOf(dependencies)]))
    .digest('hex');

/** Without where the registry is: that is the operator's affair. */
const shown = (registry: string | undefined, why: string) =>
  (registry ? why.replaceAll(registry.replace(/\/+$/, ''), '') : why)
    .replaceAll(/^npm (error|ERR!) ?/gm, '')
    .trim()
    .slice(0, SHOWN_WORDS);
