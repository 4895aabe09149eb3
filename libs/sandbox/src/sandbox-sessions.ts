import type { Dependency, RunOutcome } from './sandbox.js';

/** Whose a session is: nobody else ever learns that there is one. */
export interface SessionOwner {
  readonly tenant: string;
  readonly subject: string;
}

/** A container that lives on between calls. */
export interface SandboxSession {
  readonly sessionId: string;
  readonly image: string;
  /** Milliseconds without a call after which it ends. */
  readonly timeoutMs: number;
}

/** As its owner's list shows it. */
export interface ListedSession {
  readonly id: string;
  readonly image: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUsedAt: string;
}

/** How one command of a shell ended. `truncated`: it wrote more than is kept. */
export interface CommandResult {
  readonly command: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** Code that runs in a session. `timeoutMs`: milliseconds that it may take. */
export interface SessionRun {
  readonly code: string;
  readonly dependencies: readonly Dependency[];
  readonly timeoutMs: number;
}

/**
 * Containers that their owners keep for a while. A session of somebody else is, to whoever asks, none at all. Every
 * method throws SandboxUnavailable where the engine cannot be reached.
 */
export abstract class SandboxSessions {
  /** @throws ImageNotAllowed, SandboxBusy when there are too many */
  abstract initialize(
    owner: SessionOwner,
    wanted: { readonly image?: string; readonly timeoutMs?: number },
  ): Promise<SandboxSession>;
  /** Runs commands one after the other, until one fails; `timeoutMs` is for all of them. @throws the signal's reason when it is aborted */
  abstract exec(
    owner: SessionOwner,
    sessionId: string,
    commands: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly results: readonly CommandResult[] }>;
  /** @throws PackageNotAllowed, DependenciesFailed; the signal's reason when it is aborted */
  abstract runJs(owner: SessionOwner, sessionId: string, run: SessionRun, signal: AbortSignal): Promise<RunOutcome>;
  abstract stop(owner: SessionOwner, sessionId: string): Promise<void>;
  abstract list(owner: SessionOwner): Promise<readonly ListedSession[]>;
}
