type Era = 'modern' | 'legacy';

/** A server that speaks an older revision today may be replaced by one that speaks both. */
const LEGACY_MS = 3_600_000;

/** Which era an upstream speaks, so that not every conversation begins with finding it out. */
export class EraMemory {
  private verdict: { readonly era: Era; readonly until: number } | undefined;

  constructor(
    readonly configured: 'auto' | Era,
    private readonly legacyMs = LEGACY_MS,
  ) {}

  get known(): Era | undefined {
    if (this.configured === 'legacy') return 'legacy';
    if (this.verdict && this.verdict.until < performance.now()) this.verdict = undefined;
    return this.verdict?.era;
  }

  learn(era: Era): void {
    this.verdict = { era, until: era === 'legacy' ? performance.now() + this.legacyMs : Infinity };
  }

  /** It did not hold. */
  forget(): void {
    this.verdict = undefined;
  }
}
