/** Why a definition is not offered, in a few words for an operator. */
export interface Withheld {
  readonly name: string;
  readonly state: 'quarantined' | 'excluded';
  readonly reason: string;
}

/** What of an upstream's tools, prompts or resources may be offered. */
export interface Judged<T> {
  /** As they were approved: the approved definition stays in use where a change of it may go on being called. */
  readonly offered: readonly T[];
  readonly withheld: readonly Withheld[];
}
