import type { ToolDefinition } from '#gateway/tools/tool.js';
import type { Decided, Decision, DecisionOutcome, PendingClass, Pin, PinnedDefinitions, PinWrite } from './pin.js';

/** Tools of one upstream that are remembered. Who names new ones with every list does not fill the store. */
export const MOST_PINS = 10_000;

/** What was approved, and what waits to be: the same for every replica. */
export abstract class Pins {
  /**
   * By name of the tool. The same map while nothing has changed.
   * @throws StoreUnavailable where it cannot be known
   */
  abstract of(upstream: string): Promise<ReadonlyMap<string, Pin>>;

  /** The definitions of these tools, or of all. */
  abstract definitions(upstream: string, tools?: readonly string[]): Promise<ReadonlyMap<string, PinnedDefinitions>>;

  /** @returns the tools of which it is remembered; of the others something else was said meanwhile */
  abstract write(upstream: string, writes: readonly PinWrite[]): Promise<ReadonlySet<string>>;

  /** The approved definitions of what was offered when the upstream was last seen. */
  abstract offered(upstream: string): Promise<readonly ToolDefinition[]>;

  /** Decides about the pending definition with this hash, and no other. @param by who */
  abstract decide(
    upstream: string,
    tool: string,
    sha256: string,
    decision: Decision,
    by: string,
  ): Promise<DecisionOutcome>;

  /**
   * Approves all that wait for no other reasons than these, where what waits is what `tag` was made of.
   * @returns undefined where it is not: nothing was approved
   */
  abstract approveAll(
    upstream: string,
    classes: readonly PendingClass[],
    tag: string,
    by: string,
  ): Promise<readonly Decided[] | undefined>;

  /** By upstream: how often administrators have decided. */
  abstract decisions(): Promise<ReadonlyMap<string, number>>;
}
