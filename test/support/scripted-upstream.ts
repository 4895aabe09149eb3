import type { JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamConnection, UpstreamNews, UpstreamRequest } from '#gateway/upstreams/upstream-connection.js';

type Answer = (request: UpstreamRequest) => Promise<JsonObject> | JsonObject;

/** A connection that answers what the test says, by method. */
export class ScriptedConnection implements UpstreamConnection {
  readonly asked: UpstreamRequest[] = [];
  readonly subscribed = new Set<string>();
  closed = false;
  hear: (news: UpstreamNews) => void = () => undefined;

  constructor(
    public answers: Readonly<Record<string, Answer>>,
    public capabilities: JsonObject = { tools: {}, prompts: {}, resources: {}, completions: {} },
  ) {}

  describe() {
    return Promise.resolve({ era: 'modern' as const, version: '2026-07-28', capabilities: this.capabilities });
  }

  async request(request: UpstreamRequest): Promise<JsonObject> {
    this.asked.push(request);
    return (await this.answers[request.method]?.(request)) ?? {};
  }

  listen(hear: (news: UpstreamNews) => void): () => void {
    this.hear = hear;
    return () => (this.hear = () => undefined);
  }

  subscribe(uri: string): () => void {
    this.subscribed.add(uri);
    return () => this.subscribed.delete(uri);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  status(): JsonObject {
    return {};
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
