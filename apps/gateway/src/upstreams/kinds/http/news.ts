import { setTimeout as delay } from 'node:timers/promises';
import type { UpstreamNews } from '../../upstream-connection.js';

/** Pauses before a stream is opened again: doubled each time that it did not last. */
const LEAST_PAUSE_MS = 1_000;
const MOST_PAUSE_MS = 60_000;
/** A stream that lived so long was a good one. */
const GOOD_MS = 30_000;
/** An upstream that tells of nothing is asked again after so long. */
const NOTHING_MS = 600_000;

/** The upstream does not tell of changes in this way. */
export class TellsNothing extends Error {}

/** What is wanted of a stream of news. */
export interface NewsWanted {
  /** Resources that somebody wants news of. */
  readonly uris: ReadonlySet<string>;
  /** Called back when `uris` has changed, until the stream's signal is aborted. */
  onChange(listener: () => void, signal: AbortSignal): void;
  hear(news: UpstreamNews): void;
  /** Another stream takes this one's place: it ends when that one has begun, or has failed to. */
  untilBegun(end: () => void): void;
  begun(): void;
}

/**
 * Opens a stream and resolves when it has ended well. @returns true: another one is wanted at once
 * @throws TellsNothing, or why it broke
 */
export type Follow = (wanted: NewsWanted, signal: AbortSignal) => Promise<boolean>;

/** Keeps a stream of news open while somebody listens. */
export class News implements NewsWanted {
  readonly uris = new Set<string>();
  private readonly wanted = new Map<string, number>();
  private readonly listeners = new Set<(news: UpstreamNews) => void>();
  private readonly changes = new Set<() => void>();
  private running: AbortController | undefined;
  private endBefore: (() => void) | undefined;

  constructor(private readonly follow: Follow) {}

  get isOpen(): boolean {
    return this.running !== undefined;
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    // A listener of its own for each, even where two are the same function.
    const listener = (news: UpstreamNews) => hear(news);
    this.listeners.add(listener);
    if (!this.running) this.start();
    return () => {
      if (this.listeners.delete(listener) && this.listeners.size === 0) this.stop();
    };
  }

  subscribe(uri: string): () => void {
    this.want(uri, 1);
    let isOn = true;
    return () => {
      if (isOn) this.want(uri, -1);
      isOn = false;
    };
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    this.changes.add(listener);
    signal.addEventListener('abort', () => this.changes.delete(listener), { once: true });
  }

  hear(news: UpstreamNews): void {
    if (news.kind === 'resource' && !this.uris.has(news.uri)) return;
    for (const listener of this.listeners) listener(news);
  }

  untilBegun(end: () => void): void {
    this.endBefore = end;
  }

  begun(): void {
    this.endBefore?.();
    this.endBefore = undefined;
  }

  stop(): void {
    this.running?.abort(new Error('nobody listens any more'));
    this.running = undefined;
  }

  private want(uri: string, by: 1 | -1): void {
    const wanted = (this.wanted.get(uri) ?? 0) + by;
    if (wanted > 0) this.wanted.set(uri, wanted);
    else this.wanted.delete(uri);
    if (this.uris.has(uri) === this.wanted.has(uri)) return;
    if (wanted > 0) this.uris.add(uri);
    else this.uris.delete(uri);
    for (const listener of this.changes) listener();
  }

  private start(): void {
    const running = new AbortController();
    this.running = running;
    this.run(running.signal).catch(() => undefined);
  }

  private async run(signal: AbortSignal): Promise<void> {
    let pause = LEAST_PAUSE_MS;
    while (!signal.aborted) {
      const began = performance.now();
      let missed = false;
      try {
        if (await this.follow(this, signal)) continue;
      } catch (error) {
        this.begun();
        if (signal.aborted) return;
        missed = true;
        if (error instanceof TellsNothing) {
          await this.untilChange(NOTHING_MS, signal);
          continue;
        }
      }
      const wasGood = !missed || performance.now() - began > GOOD_MS;
      pause = wasGood ? LEAST_PAUSE_MS : Math.min(2 * pause, MOST_PAUSE_MS);
      await delay(pause * (0.75 + Math.random() / 4), undefined, { signal, ref: false });
      // What was said meanwhile is not known: those who listen compare.
      if (missed) for (const kind of ['tools', 'prompts', 'resources'] as const) this.hear({ kind });
    }
  }

  /** Another wish may be one that the upstream grants. */
  private async untilChange(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    this.onChange(() => over.abort(), over.signal);
    const either = AbortSignal.any([signal, over.signal]);
    await delay(ms, undefined, { signal: either, ref: false }).catch(() => undefined);
    over.abort();
  }
}
