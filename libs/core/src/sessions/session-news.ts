/** A session that has changed: it appeared, it or its events changed, or what is derived from it was computed anew. */
export interface SessionNewsItem {
  readonly tenant: string;
  readonly id: string;
  readonly what: 'created' | 'changed' | 'processed';
}

/** Tells, on every replica, which sessions have changed lately. A hint: news may be lost while the store is away. */
export abstract class SessionNews {
  /** Takes note; others hear of it within a second or so. Costs nothing worth mentioning. */
  abstract tell(item: SessionNewsItem): void;
  /** @returns how to stop */
  abstract listen(hear: (item: SessionNewsItem) => void): () => void;
}
