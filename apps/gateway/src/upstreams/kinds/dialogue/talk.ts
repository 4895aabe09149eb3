import type { JsonObject } from '#gateway/tools/tool.js';
import type { Credential } from '../../credentials/credentials.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { Dialogue, type DialogueTerms } from './dialogue.js';
import type { EraMemory } from './era-memory.js';
import { greet } from './handshake.js';
import type { Occupant, Places } from './places.js';
import type { OpenWire, Wire } from './wire.js';

/** How long calls under way may take when their conversation is replaced by another. */
const DRAIN_MS = 60_000;

/** What every conversation with one upstream has in common. */
export interface TalkTerms extends DialogueTerms {
  readonly open: OpenWire;
  readonly eras: EraMemory;
  readonly places: Places;
  /** Conversations at once. */
  readonly most: number;
  /** After which one that nobody uses is ended; 0: never. */
  readonly idleMs: number;
}

/** One conversation from its begin to its end: a process, or a stream. It never begins again. */
export class Talk implements Occupant {
  readonly owner: string;
  readonly dialogue: Dialogue;
  lastUsed = performance.now();
  isReplaced = false;
  private about: UpstreamDescription | undefined;
  private wire: Wire | undefined;
  private beganAt = 0;
  private release: () => void = () => undefined;
  private idle: NodeJS.Timeout | undefined;
  /** Those who are about to use it, or do; its own begin is the first. */
  private holds = 1;
  private onIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly terms: TalkTerms,
    readonly credentialKey: string,
    /** Told why, when it has ended that was not meant to. */
    private readonly onLost: (why: Error) => void,
  ) {
    this.owner = terms.upstream;
    this.dialogue = new Dialogue(terms);
    this.dialogue.onSettled = () => this.settled();
  }

  /** @throws GuardRejection when there is no room, the signal's reason */
  async takePlace(signal: AbortSignal): Promise<void> {
    this.release = await this.terms.places.take(this, this.terms.most, signal);
  }

  /** Gives the place back that was not used. */
  leave(): void {
    this.release();
  }

  /** Opens the wire and greets. Leaves nothing behind when it fails. @throws whatever stands in the way */
  async begin(credential: Credential, signal: AbortSignal): Promise<void> {
    const { open, eras } = this.terms;
    try {
      const wire = await open(credential, (message) => this.dialogue.take(message), signal);
      this.wire = wire;
      this.dialogue.carriedBy(wire);
      void wire.ended.then((why) => this.ended(why));
      this.about = await greet(this.dialogue, eras, signal);
      this.beganAt = performance.now();
    } catch (error) {
      await this.close();
      this.release();
      throw error;
    }
  }

  /** What it said of itself. */
  get description(): UpstreamDescription {
    if (!this.about) throw new Error('it has not begun');
    return this.about;
  }

  get isIdle(): boolean {
    return this.about !== undefined && this.holds === 0 && this.dialogue.calls === 0;
  }

  get lastedMs(): number {
    return performance.now() - this.beganAt;
  }

  /** True once it has been decided that it ends, or it has ended. */
  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** It is about to be used: it does not make room until `letGo`. */
  hold(): void {
    clearTimeout(this.idle);
    this.lastUsed = performance.now();
    this.holds++;
  }

  letGo(): void {
    this.holds--;
    this.settled();
  }

  makeRoom(): void {
    void this.close();
  }

  /** Another one takes its place: it ends when what is under way has been answered. */
  async retire(): Promise<void> {
    this.isReplaced = true;
    this.terms.places.changed();
    if (!this.isIdle && !this.isClosing) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
        setTimeout(resolve, DRAIN_MS).unref();
      });
    }
    await this.close();
  }

  close(): Promise<void> {
    clearTimeout(this.idle);
    return (this.closing ??= this.wire?.close() ?? Promise.resolve());
  }

  status(): JsonObject {
    const { calls, strays } = this.dialogue;
    return {
      ...this.wire?.status(),
      seconds: Math.round(this.lastedMs / 1_000),
      calls,
      ...(strays > 0 && { strays }),
      ...(this.isReplaced && { replaced: true }),
    };
  }

  private ended(why: Error): void {
    const wasMeant = this.isClosing || this.isReplaced;
    const hadBegun = this.about !== undefined;
    this.closing ??= Promise.resolve();
    clearTimeout(this.idle);
    this.dialogue.fail(why);
    this.onIdle?.();
    this.release();
    if (hadBegun && !wasMeant) this.onLost(why);
  }

  private settled(): void {
    this.lastUsed = performance.now();
    if (!this.isIdle || this.isClosing) return;
    this.onIdle?.();
    const { idleMs, places } = this.terms;
    clearTimeout(this.idle);
    if (idleMs > 0) this.idle = setTimeout(() => void this.close(), idleMs).unref();
    places.changed();
  }
}
