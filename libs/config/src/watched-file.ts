import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 1_000;
/** A file that is being written is read once it has been still for so long: half of it may be valid too. */
const STILL_MS = 100;
const GONE = '';

/**
 * A file that may change while we run. It is looked at every second, not watched: what a ConfigMap or a Secret mounts is
 * a link whose target is exchanged, which a watch does not see.
 */
export class WatchedFile {
  private readonly timer: NodeJS.Timeout;
  private seen: string;

  /** Made before the file is read: what is written meanwhile is then seen as a change. */
  constructor(
    readonly path: string,
    private readonly changed: (isThere: boolean) => void,
  ) {
    this.seen = stampOf(statSync(path, { bigint: true, throwIfNoEntry: false }));
    this.timer = setInterval(() => void this.look(), POLL_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const stamp = await this.stamp();
    if (stamp === this.seen) return;
    await delay(STILL_MS, undefined, { ref: false });
    if (stamp !== (await this.stamp()) || stamp === this.seen) return;
    this.seen = stamp;
    this.changed(stamp !== GONE);
  }

  private async stamp(): Promise<string> {
    return stampOf(await stat(this.path, { bigint: true }).catch(() => undefined));
  }
}

const stampOf = (stats: BigIntStats | undefined): string =>
  stats ? `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : GONE;
