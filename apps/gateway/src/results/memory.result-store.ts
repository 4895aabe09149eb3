import { LRUCache } from 'lru-cache';
import { KEPT_SECONDS, ResultStore } from './result-store.js';

const MOST_NOTES = 20_000;
/** Of the whole store: nobody pushes everybody else's results out. */
const SHARE_OF_ONE = 4;
/** The key and the bookkeeping of an entry. */
const ENTRY_BYTES = 512;

interface Kept {
  readonly owner: string;
  readonly packed: Buffer;
}

/** In this process, within so many bytes. */
export class MemoryResultStore extends ResultStore {
  readonly name = 'memory';
  private readonly kept: LRUCache<string, Kept>;
  private readonly notes = new LRUCache<string, string>({ max: MOST_NOTES });
  /** Ids with their bytes, by owner, oldest first. */
  private readonly owners = new Map<string, Map<string, number>>();
  private readonly mostOfOne: number;

  constructor(maxBytes: number) {
    super();
    this.mostOfOne = Math.floor(maxBytes / SHARE_OF_ONE);
    this.kept = new LRUCache({
      maxSize: maxBytes,
      ttl: KEPT_SECONDS * 1_000,
      ttlAutopurge: false,
      sizeCalculation: ({ packed }) => packed.length + ENTRY_BYTES,
      dispose: ({ owner }, id) => this.forget(owner, id),
    });
  }

  get bytes(): number {
    return this.kept.calculatedSize;
  }

  keep(owner: string, id: string, packed: Buffer): Promise<boolean> {
    const size = packed.length + ENTRY_BYTES;
    if (size > this.mostOfOne) return Promise.resolve(false);
    const own = this.owners.get(owner) ?? new Map<string, number>();
    let held = size;
    for (const bytes of own.values()) held += bytes;
    for (const [oldest, bytes] of own) {
      if (held <= this.mostOfOne) break;
      held -= bytes;
      this.kept.delete(keyOf(owner, oldest));
    }
    own.set(id, size);
    this.owners.set(owner, own);
    this.kept.set(keyOf(owner, id), { owner, packed });
    return Promise.resolve(true);
  }

  read(owner: string, id: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.kept.get(keyOf(owner, id))?.packed);
  }

  has(owner: string, id: string): Promise<boolean> {
    return Promise.resolve(this.kept.has(keyOf(owner, id)));
  }

  note(owner: string, key: string, note: string, seconds: number): Promise<void> {
    this.notes.set(keyOf(owner, key), note, { ttl: seconds * 1_000 });
    return Promise.resolve();
  }

  noted(owner: string, key: string): Promise<string | undefined> {
    return Promise.resolve(this.notes.get(keyOf(owner, key)));
  }

  private forget(owner: string, key: string): void {
    const own = this.owners.get(owner);
    own?.delete(key.slice(owner.length + 1));
    if (own?.size === 0) this.owners.delete(owner);
  }
}

const keyOf = (owner: string, name: string) => `${owner} ${name}`;
