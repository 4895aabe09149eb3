/** How a program in a container came to its end. */
export type EndCause = 'told' | 'too_large' | 'flood' | 'exited' | 'timeout';

export interface ProgramEnd {
  readonly cause: EndCause;
  /** What it told, as it wrote it. */
  readonly told: string;
  /** Of one that exited. */
  readonly exitCode?: number;
  readonly durationMs: number;
  readonly logs: readonly string[];
}
