import type { ToolDefinition } from '#gateway/tools/tool.js';
import { CHANGE_CLASSES } from '../changes/change.js';

export const PIN_STATES = ['approved', 'pending', 'rejected'] as const;
export type PinState = (typeof PIN_STATES)[number];

/** Why a definition waits: what kind of change it is, or that there was none before. */
export const PENDING_CLASSES = ['first_sight', ...CHANGE_CLASSES] as const;
export type PendingClass = (typeof PENDING_CLASSES)[number];

/** What is remembered of one tool, without the definitions themselves. */
export interface Pin {
  readonly tool: string;
  /** `approved`: nothing waits. */
  readonly state: PinState;
  readonly approvedSha256: string | null;
  /** Of what the upstream says instead, where that waits or was rejected. */
  readonly pendingSha256: string | null;
  /** Of the pending one, the weightiest first. */
  readonly classes: readonly PendingClass[];
  readonly harmless: boolean;
  readonly offered: boolean;
  readonly firstSeen: Date;
  /** When the pending one was first seen, or the approved one took its predecessor's place. */
  readonly changedAt: Date | null;
  readonly decidedAt: Date | null;
  /** Null where the upstream's policy decided. */
  readonly decidedBy: string | null;
  readonly revision: number;
}

/** The definitions of one tool. */
export interface PinnedDefinitions {
  readonly approved?: ToolDefinition;
  readonly pending?: ToolDefinition;
}

/** What is to be remembered from now on, made from what was remembered in `revision`; 0: nothing was. */
export interface PinWrite {
  readonly tool: string;
  readonly revision: number;
  /**
   * `approve`: this definition is the approved one, by policy. `pend`: it waits. `withdraw`: nothing waits any more.
   * `keep`: both stay.
   */
  readonly take: 'approve' | 'pend' | 'withdraw' | 'keep';
  /** Of `approve` and `pend`. */
  readonly definition?: ToolDefinition;
  readonly sha256?: string;
  readonly classes?: readonly PendingClass[];
  readonly harmless?: boolean;
  readonly offered: boolean;
}

/** What an administrator says of a pending definition. */
export type Decision = 'approve' | 'reject';

/** A decision that was made. */
export interface Decided {
  readonly tool: string;
  readonly from: string | null;
  readonly to: string;
}

/** What stays true when it is one of the two that stand next to each other. */
export type DecisionOutcome =
  | { readonly outcome: 'decided'; readonly decided: Decided }
  /** It was decided so before. */
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'nothing_pending' }
  /** @param pending what waits in place of what was to be decided */
  | { readonly outcome: 'other'; readonly pending: string };
