import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type {
  Listed,
  ResourceAnswer,
  ResourceDefinition,
  ResourceProvider,
  ResourceTemplate,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { InvalidArguments, ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { expressionFault } from './expression.js';
import { JsonThread } from './json-thread.js';
import type { KeptResult } from './kept-result.js';
import { KeptResults } from './kept-results.js';
import { principalOf } from '#core/principal.js';
import { readRange } from './ranges.js';
import { ROOT } from './result-links.js';
import { lineSpan, sliceOf } from './slices.js';

const ADDRESS = /^achilles:\/\/results\/([\w-]{22})(?:\?([^#]{0,4000}))?$/;

/** Members of an answer around what is read. */
const AROUND_BYTES = 600;

const TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: `${ROOT}/{id}{?offset,length,lines,select}`,
    name: 'result',
    title: 'Kept result of a tool',
    description:
      'A result that was too large to be answered, kept for an hour for the one who called. Whole where it fits, else in parts: offset and length (characters), lines (1-200), or select (JMESPath, of JSON).',
  },
];

/** Results that were too large to be told, for those who got them. */
@Injectable()
export class KeptResultResources implements ResourceProvider {
  constructor(
    private readonly kept: KeptResults,
    private readonly json: JsonThread,
  ) {}

  owns(uri: string): boolean {
    return uri === ROOT || uri.startsWith(`${ROOT}/`);
  }

  /** They are told in results: a list of them would be another one after every call. */
  list(): Promise<Listed<ResourceDefinition>> {
    return Promise.resolve({ items: [] });
  }

  templates(_caller: Caller): readonly ResourceTemplate[] {
    return TEMPLATES;
  }

  async read({ caller }: SourceRequest, uri: string): Promise<ResourceAnswer> {
    const [address, id, query = ''] = ADDRESS.exec(uri) ?? [];
    const result = address === undefined ? undefined : await this.kept.read(principalOf(caller), id!);
    if (!result) throw new ResourceNotFound(uri);
    const range = readRange(query);
    if (!('kind' in range)) throw new InvalidArguments([range]);
    const { text } = result;
    switch (range.kind) {
      case 'whole':
        return piece(uri, result, 0, text.length);
      case 'characters':
        return piece(uri, result, range.offset, range.length ?? text.length);
      case 'lines': {
        const span = lineSpan(text, range.from, range.to);
        return span ? piece(uri, result, span.start, span.end - span.start) : piece(uri, result, text.length, 0);
      }
      case 'select':
        return this.selected(uri, result, range.expression);
      default:
        return range satisfies never;
    }
  }

  private async selected(uri: string, result: KeptResult, expression: string): Promise<ResourceAnswer> {
    const fault = await expressionFault(expression);
    const {
      json,
      shape,
      fault: failed,
    } = fault === undefined ? await this.json.ask({ text: result.text, expression, isResult: false }) : { fault };
    if (failed !== undefined) throw new InvalidArguments([{ field: 'select', code: 'jmespath', message: failed }]);
    if (json === undefined) return { contents: [note(uri, `select selected nothing. The result is: ${shape}`)] };
    const all = { ...result, text: json, mimeType: 'application/json' };
    return piece(uri, all, 0, json.length, 'Select less at a time.');
  }
}

/** As much of it as one answer may have; where that is less than was asked for, how to go on. */
function piece(
  uri: string,
  { text, mimeType, maxBytes }: KeptResult,
  from: number,
  length: number,
  hint?: string,
): ResourceAnswer {
  const slice = sliceOf(text, from, length, Math.max(AROUND_BYTES, maxBytes - AROUND_BYTES));
  const wanted = Math.min(text.length, from + length);
  const contents = [{ uri, mimeType: slice.text.length === text.length ? mimeType : 'text/plain', text: slice.text }];
  if (slice.to >= wanted) return { contents };
  const [bare] = uri.split('?');
  const more = hint ?? `Go on with ${bare}?offset=${slice.to}&length=${wanted - slice.to}.`;
  const told = `[Characters ${slice.from} to ${slice.to} of ${text.length}. ${more}]`;
  return { contents: [...contents, note(uri, told)] };
}

const note = (uri: string, text: string) => ({ uri, mimeType: 'text/plain', text });
