import { eventsOf, McpSession, type Message as LegacyMessage } from './legacy-mcp.js';
import { type Anything, type Message, ModernClient, type OpenStream } from './modern-client.js';

/** What a server asks, whichever way. */
export interface Question {
  readonly method: string;
  readonly params: Anything;
}

/** A client's answer: a result, or an error, which only the revisions with a handshake can send. */
export type Respond = (question: Question) => { readonly result: object } | { readonly error: object };

export interface Called {
  /** In the order in which it was asked, and those of one round together. */
  readonly rounds: readonly (readonly Question[])[];
  readonly told: readonly Question[];
  readonly result?: Anything;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Heard {
  readonly methods: () => readonly string[];
  leave(): void;
}

/** What tests want of a client, whatever it speaks. */
export interface EraClient {
  call(name: string, args: object, respond: Respond): Promise<Called>;
  /** Calls, and leaves before the answer. */
  leaveCall(name: string, ms: number): Promise<void>;
  /** Hears of the lists of tools, and of this resource. */
  listen(uri: string): Promise<Heard>;
}

const METHODS = ({ method, params }: { method?: string; params?: Readonly<Record<string, unknown>> }): Question => ({
  method: method ?? '',
  params: { ...params },
});

export class ModernEra implements EraClient {
  constructor(
    private readonly client: ModernClient,
    private readonly capabilities: object,
  ) {}

  async call(name: string, args: object, respond: Respond): Promise<Called> {
    const rounds: Question[][] = [];
    const told: Question[] = [];
    let more: object = {};
    for (;;) {
      const meta = { progressToken: `p${rounds.length}`, 'io.modelcontextprotocol/logLevel': 'debug' };
      const answer = await this.client.ask(
        'tools/call',
        { name, arguments: args, ...more },
        { capabilities: this.capabilities, meta },
      );
      told.push(...answer.before.map(METHODS));
      const { result, error } = answer;
      if (result?.['resultType'] !== 'input_required')
        return { rounds, told, ...(result && { result }), ...(error && { error }) };
      const asked = Object.entries((result['inputRequests'] ?? {}) as Record<string, Message>);
      rounds.push(asked.map(([, request]) => METHODS(request as object)));
      const inputResponses = Object.fromEntries(
        asked.map(([key, request]) => [key, (respond(METHODS(request as object)) as { result: object }).result]),
      );
      more = { inputResponses, requestState: result['requestState'] as string };
    }
  }

  async leaveCall(name: string, ms: number): Promise<void> {
    const signal = AbortSignal.timeout(ms);
    await this.client.call(name, {}, { signal }).catch(() => undefined);
  }

  async listen(uri: string): Promise<Heard> {
    const stream: OpenStream = await this.client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
    return { methods: () => stream.heard.map(({ method }) => method ?? ''), leave: () => stream.leave() };
  }
}

export class LegacyEra implements EraClient {
  constructor(private readonly session: McpSession) {}

  async call(name: string, args: object, respond: Respond): Promise<Called> {
    const rounds: Question[][] = [];
    const told: Question[] = [];
    let last: LegacyMessage = {};
    const params = { name, arguments: args, _meta: { progressToken: 'p' } };
    for await (const message of this.session.exchange('tools/call', params)) {
      last = message;
      if (message.method === undefined) continue;
      const question = METHODS(message);
      if (message.id === undefined) told.push(question);
      else {
        rounds.push([question]);
        await this.session.post({ jsonrpc: '2.0', id: message.id, ...respond(question) });
      }
    }
    const { result, error } = last;
    return { rounds, told, ...(result && { result }), ...(error && { error }) };
  }

  async leaveCall(name: string, ms: number): Promise<void> {
    const id = `leaving-${name}`;
    const answer = this.session.post({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    await (await answer).text();
  }

  async listen(uri: string): Promise<Heard> {
    await this.session.call('resources/subscribe', { uri });
    const leaving = new AbortController();
    const response = await this.session.listen(undefined, leaving.signal);
    const methods: string[] = [];
    const read = async () => {
      for await (const { data } of eventsOf(response)) {
        if (data !== '') methods.push((JSON.parse(data) as LegacyMessage).method ?? '');
      }
    };
    read().catch(() => undefined);
    return { methods: () => methods, leave: () => leaving.abort() };
  }
}

/** @param url of a mount @param capabilities as 2025-11-25 and 2026-07-28 declare them */
export async function eraClient(era: 'modern' | 'legacy', url: string, capabilities: object): Promise<EraClient> {
  if (era === 'modern') return new ModernEra(new ModernClient(url), capabilities);
  return new LegacyEra(await McpSession.open(url, { capabilities }));
}
