import type { JsonObject } from '#gateway/tools/tool.js';
import type { Credential } from '../../credentials/credentials.js';

/** What carries the messages of one conversation: the pipes of a process, or a stream and posts. */
export interface Wire {
  /** One message. @throws, or rejects, when it cannot be sent */
  send(text: string): void | Promise<void>;
  /** Resolves when nothing comes any more and nothing of it is left, with why. Never rejects. */
  readonly ended: Promise<Error>;
  /** Ends it, at the other side too; resolves when nothing of it is left. */
  close(): Promise<void>;
  /** For people. No secret. */
  status(): JsonObject;
}

/**
 * Opens one, far enough for messages to be sent.
 * @param hear is told each message that comes, as parsed JSON
 * @throws whatever stands in the way
 */
export type OpenWire = (credential: Credential, hear: (message: unknown) => void, signal: AbortSignal) => Promise<Wire>;
