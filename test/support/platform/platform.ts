import { discuss, execute, runFunction } from './agents.js';
import { BackendServer, type Body, type Handler, Refusal, type Seen } from './backend-server.js';
import { analyze, audit } from './code-analysis.js';
import { passages } from './corpus.js';
import { queryGraph, UnreadableQuery } from './graph-query.js';
import { complete, type Prompt } from './scripted-model.js';
import { SearchIndex, type Wanted } from './search-index.js';

interface Backends {
  readonly search: BackendServer;
  readonly code: BackendServer;
  readonly agents: BackendServer;
  readonly model: BackendServer;
  readonly audit: BackendServer;
}

export interface PlatformOptions {
  /** Milliseconds that each step of an agent takes. */
  readonly stepMs?: number;
}

/** The backends of the nine tools, and the receiver of audit records: small, and doing for real what they are asked. */
export class Platform implements AsyncDisposable {
  private constructor(
    private readonly backends: Backends,
    private readonly stack: AsyncDisposableStack,
  ) {}

  static async start({ stepMs = 0 }: PlatformOptions = {}): Promise<Platform> {
    await using stack = new AsyncDisposableStack();
    const index = new SearchIndex(passages());
    const start = async (routes: Readonly<Record<string, Handler>>) => stack.use(await BackendServer.start(routes));
    const backends = {
      search: await start(searching(index)),
      code: await start(CODE),
      agents: await start(agents(index, stepMs)),
      model: await start({ 'POST /v1/completions': (body) => complete(body as unknown as Prompt) }),
      audit: await start({ 'POST /v1/audit': () => ({ received: true }), 'POST /': () => ({ received: true }) }),
    };
    return new Platform(backends, stack.move());
  }

  get search(): BackendServer {
    return this.backends.search;
  }
  get code(): BackendServer {
    return this.backends.code;
  }
  get agents(): BackendServer {
    return this.backends.agents;
  }
  get model(): BackendServer {
    return this.backends.model;
  }
  get audit(): BackendServer {
    return this.backends.audit;
  }

  /** Settings of a gateway in front of it. */
  settings(): Record<string, string> {
    return {
      SEMANTIC_SEARCH_URL: this.search.url,
      CODE_ORCHESTRATOR_URL: this.code.url,
      AI_AGENTS_URL: this.agents.url,
      LLM_GATEWAY_URL: this.model.url,
    };
  }

  /** What all of the tools' backends were asked so far. */
  get seen(): readonly Seen[] {
    return [this.search, this.code, this.agents, this.model].flatMap(({ seen }) => seen);
  }

  reset(): void {
    for (const backend of Object.values<BackendServer>({ ...this.backends })) backend.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

const searching = (index: SearchIndex): Readonly<Record<string, Handler>> => {
  const answer = (body: Body, weights: Wanted['weights'], threshold: number) =>
    index.search({
      query: String(body['query']),
      collection: body['collection'] as Wanted['collection'],
      topK: Number(body['top_k']),
      weights,
      threshold,
    });
  return {
    'POST /v1/search': (body) => answer(body, { semantic: 1, keyword: 0 }, Number(body['threshold'])),
    'POST /v1/search/hybrid': (body) =>
      answer(body, { semantic: Number(body['semantic_weight']), keyword: Number(body['keyword_weight']) }, 0),
  };
};

const CODE: Readonly<Record<string, Handler>> = {
  'POST /v1/analyze': ({ code, language, analysis_type: type }) =>
    analyze(String(code), language as string, String(type)),
  'POST /v1/audit/patterns': ({ code, language, confidence_threshold: threshold }) =>
    audit(String(code), language as string | undefined, Number(threshold)),
};

const agents = (index: SearchIndex, stepMs: number): Readonly<Record<string, Handler>> => ({
  'POST /v1/graph/query': ({ cypher, parameters = {} }) => {
    try {
      return queryGraph(String(cypher), parameters as Body);
    } catch (error) {
      throw error instanceof UnreadableQuery ? new Refusal(400, error.message) : error;
    }
  },
  'POST /v1/agent/function': ({ function_name: name, input = {} }) =>
    runFunction(String(name), input as Body) ?? refuse(404, 'no such function'),
  'POST /v1/agent/discussion': ({ protocol_id: protocol, topic, context = '' }) =>
    discuss(index, String(protocol), String(topic), String(context)) ?? refuse(404, 'no such protocol'),
  'POST /v1/agent/execute': ({ task, max_steps: most }, tell) =>
    execute(index, { task: String(task), mostSteps: Number(most), stepMs }, tell),
});

function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}
