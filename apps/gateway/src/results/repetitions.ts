import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { resultJson } from '#gateway/tools/result-json.js';
import { originalOf, type ToolResult } from '#gateway/tools/tool.js';
import { documentOf, type ResultDocument } from './document-of.js';
import { FULL } from './economics.schema.js';
import { KeptResults, type Place } from './kept-results.js';
import { principalOf } from '#core/principal.js';
import type { Settling } from './result-economics.service.js';
import { linkTo } from './result-links.js';
import { ResultMetrics } from './results.metrics.js';

/** Smaller ones are told again: the reference is not much shorter. */
const SMALLEST_BYTES = 2_048;
const SECONDS = 600;

/** Where it is noted that somebody got this result. */
export interface Repetition {
  readonly owner: string;
  readonly key: string;
  readonly bytes: number;
  readonly document: ResultDocument;
}

/** Tells a result that the same agent session got from the same tool a moment ago by a reference to it. */
@Injectable()
export class Repetitions {
  constructor(
    private readonly kept: KeptResults,
    private readonly metrics: ResultMetrics,
  ) {}

  /** Undefined for a result that is told whenever it comes. */
  of({ tool, request }: Settling, result: ToolResult): Repetition | undefined {
    if (result.isError === true) return undefined;
    const json = resultJson(result);
    const bytes = Buffer.byteLength(json);
    if (bytes <= SMALLEST_BYTES) return undefined;
    const { name } = originalOf(tool).definition;
    const { key, token } = request.session ?? {};
    return {
      owner: principalOf(request.caller),
      key: hash('sha256', JSON.stringify([key ?? token ?? null, name, hash('sha256', json)])),
      bytes,
      document: documentOf(result),
    };
  }

  /** What is told in place of it; undefined where it was not told before. */
  async reference(
    { tool, wishes }: Settling,
    { owner, key, bytes, document }: Repetition,
  ): Promise<ToolResult | undefined> {
    const [id, at] = wishes.full ? [] : ((await this.kept.noted(owner, key))?.split(' ') ?? []);
    // It may have been pushed out meanwhile: a reference must lead somewhere.
    if (id === undefined || !(await this.kept.has(owner, id))) return undefined;
    const seconds = Math.max(0, Math.round((Date.now() - Number(at)) / 1_000));
    const { name } = tool.definition;
    const text = `[Identical to the result of ${name} ${seconds} seconds ago, so it is not repeated. Call with ${FULL}: true, or read the resource, to have its ${bytes} bytes again.]`;
    const reference: ToolResult = {
      content: [{ type: 'text', text }, linkTo(id, name, document.mimeType, Buffer.byteLength(document.text))],
    };
    this.metrics.economised('deduplicate', bytes, Buffer.byteLength(resultJson(reference)));
    return reference;
  }

  /** Nobody waits for what is only of use the next time. @param place where it is kept already */
  remember({ tool }: Settling, { owner, key, document }: Repetition, place: Place | undefined): void {
    const at = Date.now();
    const result = { tool: tool.definition.name, maxBytes: tool.maxResultBytes, ...document };
    Promise.resolve(place ?? this.kept.keep(owner, result))
      .then((kept) => kept && this.kept.note(owner, key, `${kept.id} ${at}`, SECONDS))
      .catch(() => undefined);
  }
}
