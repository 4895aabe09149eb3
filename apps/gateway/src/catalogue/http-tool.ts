import type { Tier } from '#core/caller.js';
import type { ToolEntry } from '#config/tools-file.js';
import type { CypherJudge } from '#cypher/cypher-judge.js';
import type { EgressAnswer } from '#egress/egress-client.js';
import type { JsonObject, Tool, ToolCall, ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import { type ArgumentCheck, argumentCheck } from './argument-check.js';
import { failureOf, readAnswer } from './backend-answer.js';
import type { BackendConnection } from './backend-connection.js';
import { cypherCheck, type Judgement } from './cypher-check.js';
import { LINES, ProgressReport } from './progress-report.js';

/** Far more than any tool may pass on: what is longer is not read to its end. */
const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;

/** Of an entry of the catalogue, and what it needs to be called. */
export interface HttpToolParts {
  readonly name: string;
  readonly entry: ToolEntry;
  readonly revision: string;
  readonly connection: BackendConnection;
  readonly pathRoots: readonly string[];
  readonly cypher: CypherJudge;
}

/** An entry of the catalogue: its arguments are the body of one HTTP call, or its query, and the answer is the result. */
export class HttpTool implements Tool {
  readonly definition: ToolDefinition;
  readonly upstream: string;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly timeoutMs: number;
  readonly tryTimeoutMs?: number;
  readonly idempotent: boolean;
  readonly cacheSeconds: number;
  readonly revision: string;
  readonly maxResultBytes: number;
  readonly concurrency?: number;
  readonly guarded = true;
  readonly check: ArgumentCheck;
  readonly judge?: Judgement;
  readonly connection: BackendConnection;
  private readonly entry: ToolEntry;

  constructor({ name, entry, revision, connection, pathRoots, cypher }: HttpToolParts) {
    this.definition = definitionOf(name, entry);
    this.upstream = connection.backend.name;
    this.tier = entry.tier;
    this.scopes = entry.scopes;
    this.timeoutMs = entry.timeout_seconds * 1_000;
    if (entry.try_timeout_seconds !== undefined) this.tryTimeoutMs = entry.try_timeout_seconds * 1_000;
    this.idempotent = entry.idempotent;
    this.cacheSeconds = entry.cache_seconds;
    this.revision = revision;
    this.maxResultBytes = entry.max_result_bytes;
    if (entry.concurrency !== undefined) this.concurrency = entry.concurrency;
    this.check = argumentCheck(entry, pathRoots);
    const judge = cypherCheck(entry, cypher);
    if (judge) this.judge = judge;
    this.connection = connection;
    this.entry = entry;
  }

  async call(call: ToolCall): Promise<ToolResult> {
    const report = this.entry.progress ? new ProgressReport(call.channel, this.timeoutMs) : undefined;
    let answer: EgressAnswer;
    try {
      answer = await this.send(call, report);
    } catch (error) {
      throw failureOf(error, this.upstream, call);
    } finally {
      report?.end();
    }
    return readAnswer(answer, this.upstream);
  }

  private send(call: ToolCall, report: ProgressReport | undefined): Promise<EgressAnswer> {
    const { arguments: args, caller, signal, deadline } = call;
    const isGet = this.entry.method === 'GET';
    const headers: Record<string, string> = {
      accept: report ? `${LINES}, application/json` : 'application/json',
      'x-request-timeout-ms': String(Math.max(1, Math.round(deadline - performance.now()))),
      // Who the gateway acts for. Its own token, never the caller's, says that the gateway may.
      'x-achilles-tenant': caller.tenant,
      'x-achilles-subject': headerText(caller.subject),
    };
    if (!isGet) headers['content-type'] = 'application/json';
    return this.connection.request({
      method: this.entry.method,
      path: isGet ? this.entry.path + queryOf(args) : this.entry.path,
      headers,
      body: isGet ? null : JSON.stringify(args),
      signal,
      maxBytes: MAX_ANSWER_BYTES,
      ...(report && { onData: report.heard }),
    });
  }
}

function definitionOf(name: string, entry: ToolEntry): ToolDefinition {
  const { title, description, inputSchema, outputSchema, annotations } = entry;
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    ...(annotations && { annotations }),
  };
}

// What a header may hold as it is; a subject may be any text.
const PLAIN = /^[!-~]*$/;

const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURIComponent(text.toWellFormed()));

/** Values that are no text as JSON. */
function queryOf(args: JsonObject): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(args)) {
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
