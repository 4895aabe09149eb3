/** An npm package that code may import, of the `docker` engine only. */
export interface Dependency {
  readonly name: string;
  /** As npm has it: `5.5.0`, `^5.5.0`. */
  readonly version: string;
}

/** What code is given beside its arguments. Each function takes and gives JSON values; what it throws, the code can catch. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;
export type HostFunction = (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** One run of code that nobody trusts. */
export interface SandboxRun {
  /** Whose code it is: no two tenants' runs ever share anything that one of them could change. */
  readonly tenant: string;
  /** The body of an async function of `args`; it returns any JSON value, or throws. */
  readonly code: string;
  /** A JSON value. */
  readonly args: unknown;
  /** Milliseconds that the code may run; waiting for a place counts to it. */
  readonly timeoutMs: number;
  /** Aborted when nobody wants the answer any more: the run is ended. */
  readonly signal: AbortSignal;
  /** True: another run waits for this one, in a place that it might otherwise need. */
  readonly nested?: boolean;
  /** By the name that the code calls them by; `kv.get` is a member of an object. Of the `wasm` engine only. */
  readonly host?: HostFunctions;
  /** Of the `docker` engine only; undefined: the first allowed one. */
  readonly image?: string;
  readonly dependencies?: readonly Dependency[];
}

/** Why a run has no result. */
export type FaultKind =
  /** The code threw, or does not parse. */
  | 'thrown'
  | 'timeout'
  | 'out_of_memory'
  /** What it returns is larger than an answer may be. */
  | 'result_too_large'
  /** What it returns is not JSON, or too deep. */
  | 'invalid_result'
  /** It waits for something that can never come. */
  | 'stalled'
  /** The sandbox itself came to an end under it. */
  | 'crashed';

export interface RunFault {
  readonly kind: FaultKind;
  /** For whoever wrote the code: what it threw, or what the sandbox did. Never anything of this machine. */
  readonly message: string;
}

/** How a run ended. `logs`: lines of `console`, cut where there are too many. `durationMs`: in the sandbox, whole milliseconds. */
export type RunOutcome =
  | { readonly ok: true; readonly result: unknown; readonly durationMs: number; readonly logs: readonly string[] }
  | { readonly ok: false; readonly error: RunFault; readonly durationMs: number; readonly logs: readonly string[] };

/** Where code runs. */
export abstract class SandboxEngine {
  abstract readonly name: 'wasm' | 'docker';
  /**
   * Runs code to its end. Whatever the code does is told in the outcome.
   * @throws SandboxBusy, SandboxUnavailable, ImageNotAllowed, PackageNotAllowed, DependenciesFailed; the signal's reason when it is aborted
   */
  abstract run(run: SandboxRun): Promise<RunOutcome>;
  /** Ends whatever runs. */
  abstract close(): Promise<void>;
}
