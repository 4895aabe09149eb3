/** A resource as somebody at one mount knows it. */
export interface Address {
  /** Path of the mount: one upstream's resource has another address at each. */
  readonly mount: string;
  readonly uri: string;
}

/** Makes sure that news of an address come in. @returns how to stop; undefined for an address of somebody else */
export type WatchAddress = (address: Address) => (() => void) | undefined;

interface Wanted {
  readonly address: Address;
  count: number;
  readonly stops: Map<WatchAddress, () => void>;
}

const keyOf = ({ mount, uri }: Address) => `${mount} ${uri}`;

/** Which resources somebody here wants to hear of. However many do, their sources are told once. */
export class WantedAddresses {
  private readonly wanted = new Map<string, Wanted>();
  private readonly watchers = new Set<WatchAddress>();

  /** @returns how to stop, as often as one likes */
  want(address: Address): () => void {
    const key = keyOf(address);
    let wanted = this.wanted.get(key);
    if (!wanted) {
      this.wanted.set(key, (wanted = { address, count: 0, stops: new Map() }));
      for (const watch of this.watchers) begin(wanted, watch);
    }
    wanted.count++;
    const mine = wanted;
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      if (--mine.count > 0) return;
      this.wanted.delete(key);
      for (const stop of mine.stops.values()) stop();
    };
  }

  /** Calls for every address, now and from now on, when the first one wants it. */
  watch(watch: WatchAddress): void {
    this.watchers.add(watch);
    for (const wanted of this.wanted.values()) begin(wanted, watch);
  }

  /** All of them, for a source that begins anew. */
  addresses(): readonly Address[] {
    return [...this.wanted.values()].map(({ address }) => address);
  }
}

function begin(wanted: Wanted, watch: WatchAddress): void {
  const stop = watch(wanted.address);
  if (stop) wanted.stops.set(watch, stop);
}
