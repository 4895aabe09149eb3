import type { JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamConnection, UpstreamDescription } from './upstream-connection.js';

/** Of an upstream that cannot be called at all, such as one whose address may not be: says why, whoever asks. */
export class UnusableConnection implements UpstreamConnection {
  constructor(private readonly why: Error) {}

  describe(): Promise<UpstreamDescription> {
    return Promise.reject(this.why);
  }

  request(): Promise<JsonObject> {
    return Promise.reject(this.why);
  }

  listen(): () => void {
    return () => undefined;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  ping(): Promise<void> {
    return Promise.reject(this.why);
  }

  status(): JsonObject {
    return {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
