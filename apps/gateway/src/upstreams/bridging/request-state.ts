import type { InputRequest } from '#gateway/tools/tool.js';

/** What a client brings back, in its three kinds: each names its kind first, so none can be taken for another. */
export type RequestState =
  /** A call of ours that waits. `process`: which one has it. */
  | { readonly kind: 'parked'; readonly process: string; readonly call: string }
  /** What an upstream of 2026-07-28 gave out itself. */
  | { readonly kind: 'upstream'; readonly upstream: string; readonly state: string }
  /** Addresses that a person was sent to, before the call is made again. */
  | ({ readonly kind: 'sent'; readonly upstream: string } & Sent);

export interface Sent {
  readonly requests: Readonly<Record<string, InputRequest>>;
  /** How often the call was refused for it. */
  readonly times: number;
}

export function writeState(state: RequestState): string {
  switch (state.kind) {
    case 'parked':
      return `parked:${state.process}:${state.call}`;
    case 'upstream':
      return `upstream:${state.upstream}:${state.state}`;
    case 'sent':
      return `sent:${state.upstream}:${JSON.stringify([state.times, state.requests])}`;
    default:
      return state satisfies never;
  }
}

/** @returns undefined for what was not written here */
export function readState(text: string): RequestState | undefined {
  const [, kind, name, rest] = /^(parked|upstream|sent):([\w-]{1,64}):(.*)$/s.exec(text) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  if (kind === 'parked') return { kind, process: name, call: rest };
  if (kind === 'upstream') return { kind, upstream: name, state: rest };
  try {
    const [times, requests] = JSON.parse(rest) as [number, Sent['requests']];
    return { kind: 'sent', upstream: name, times, requests };
  } catch {
    return undefined;
  }
}
