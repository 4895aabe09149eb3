import type { Containers } from './containers.js';
import type { EngineLink } from './engine-link.js';
import type { Owners } from './owners.js';

const BEAT_MS = 15_000;

/** Says that this gateway lives, and takes away what gateways that do not have left behind at the engine. */
export class Reaper {
  private timer: NodeJS.Timeout | undefined;
  private beaten: Promise<boolean> | undefined;
  /** Rounds in a row in which the owners could be asked. */
  private wellFor = 0;

  constructor(
    private readonly link: EngineLink,
    private readonly containers: Containers,
    private readonly owner: string,
    private readonly owners: Owners,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), BEAT_MS).unref();
  }

  /** Before the first container: whoever finds it can tell whose it is. */
  async announced(): Promise<void> {
    this.beaten ??= this.beat();
    // Where nobody could be told, it is tried again: a leftover of an owner that was never heard of stays until its time has passed.
    if (!(await this.beaten)) this.beaten = undefined;
  }

  /** Says that it lives and takes away what is left. Whatever is away, and whoever else does the same now: next time. */
  async round(): Promise<void> {
    const beaten = await this.beat();
    // After a time in which nobody could say that it is alive, everybody gets the chance first.
    this.wellFor = beaten ? this.wellFor + 1 : 0;
    try {
      const found = await this.link.ask((docker, abortSignal) =>
        docker.listContainers({ all: true, filters: { label: ['achilles.owner'] }, abortSignal }),
      );
      const { Volumes: volumes } = await this.link.ask((docker) =>
        docker.listVolumes({ filters: { label: ['achilles.owner'] } }),
      );
      const owners = [...found, ...volumes].map(({ Labels }) => ownerOf(Labels));
      const dead = new Set(this.wellFor > 1 ? await this.deadAmong(owners) : []);
      const isLeft = ({ Labels }: { readonly Labels: Labels }) => dead.has(ownerOf(Labels)) || hasExpired(Labels);
      await Promise.all(found.filter(isLeft).map(({ Id }) => this.containers.remove(Id)));
      await Promise.all(volumes.filter(isLeft).map(({ Name }) => this.containers.removeVolume(Name)));
    } catch {
      // The engine or the database is away.
    }
  }

  /** @param cleared nothing of this gateway is left at the engine */
  async close(cleared: boolean): Promise<void> {
    clearInterval(this.timer);
    if (cleared && (await this.beaten)) await this.owners.leave(this.owner).catch(() => undefined);
  }

  private beat(): Promise<boolean> {
    return this.owners.beat(this.owner).then(
      () => true,
      () => false,
    );
  }

  private async deadAmong(owners: readonly string[]): Promise<readonly string[]> {
    const others = [...new Set(owners)].filter((owner) => owner !== this.owner);
    return others.length === 0 ? [] : this.owners.dead(others);
  }
}

type Labels = Readonly<Record<string, string>>;

const ownerOf = (labels: Labels) => labels['achilles.owner']!;
const hasExpired = (labels: Labels) => Date.now() > Number(labels['achilles.expires']);
