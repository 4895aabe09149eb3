import type { UpstreamSpec } from '#config/upstreams-file.js';

/**
 * The upstreams that were added over the admin API, the same for every replica. Without a database of its own a gateway
 * has none, and says so where one is to be added.
 */
export abstract class UpstreamStore {
  /**
   * All of them, those that are disabled too (`enabled: false`), by name. One that no longer makes sense here, because a
   * variable that it names is not set, is left out.
   * @throws what the database throws while it is away: keep what was known
   */
  abstract list(): Promise<readonly UpstreamSpec[]>;

  /** Called when they may be others than before, whichever replica changed them, within a second. @returns how to stop */
  abstract onChange(listener: () => void): () => void;
}
