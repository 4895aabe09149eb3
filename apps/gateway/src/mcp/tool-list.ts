import { hash } from 'node:crypto';
import type { Tool, ToolDefinition } from '#gateway/tools/tool.js';
import { SerialisedResult } from './json-rpc.js';
import type { Era } from './mcp-request.js';
import { cursorOf, PAGE_SIZE, startOf } from './pages.js';
import { cacheableInForm, type CacheScope, definitionInForm } from './result-form.js';

/** How long, and by whom, a list may be kept. */
export interface ListTerms {
  readonly ttlMs: number;
  readonly cacheScope: CacheScope;
}

/** A definition as it is sent. */
interface Text {
  readonly json: string;
  digest?: string;
}

const texts: Readonly<Record<Era, WeakMap<ToolDefinition, Text>>> = { modern: new WeakMap(), legacy: new WeakMap() };

const BEGIN = '{"tools":[';

const nameOf = (tool: Tool) => tool.definition.name;

/** One list of tools as it is sent. Of thousands of tools one is another: only that one's text is made, and the pages that are asked for. */
export class ToolList {
  /** Characters of all pages. */
  readonly size: number;
  private readonly texts: readonly Text[];
  private readonly pages: (SerialisedResult | undefined)[] = [];
  private hashed: string | undefined;

  constructor(
    private readonly era: Era,
    private readonly tools: readonly Tool[],
    private readonly terms: ListTerms,
  ) {
    this.texts = tools.map(({ definition }) => textOf(era, definition));
    this.size = this.texts.reduce((sum, { json }) => sum + json.length, 1);
  }

  /** @throws RpcError for a cursor that is none */
  page(cursor: unknown): SerialisedResult {
    const start = startOf('tools', this.tools, nameOf, cursor);
    // Within a page begins only what follows a tool that has gone since.
    if (start % PAGE_SIZE !== 0) return this.serialise(start);
    return (this.pages[start / PAGE_SIZE] ??= this.serialise(start));
  }

  /** The same for the same list, wherever it is made. */
  get fingerprint(): string {
    return (this.hashed ??= hash('sha256', this.texts.map(digestOf).join(' ')));
  }

  private serialise(start: number): SerialisedResult {
    const end = start + PAGE_SIZE;
    const isLast = end >= this.tools.length;
    const rest = { tools: [], ...(!isLast && { nextCursor: cursorOf('tools', nameOf(this.tools[end - 1]!)) }) };
    const { ttlMs, cacheScope } = this.terms;
    const around = JSON.stringify(cacheableInForm(this.era, rest, ttlMs, cacheScope));
    const page = this.texts.slice(start, end).map(({ json }) => json);
    return new SerialisedResult(`${BEGIN}${page.join()}${around.slice(BEGIN.length)}`);
  }
}

function textOf(era: Era, definition: ToolDefinition): Text {
  let text = texts[era].get(definition);
  if (!text) texts[era].set(definition, (text = { json: JSON.stringify(definitionInForm(era, definition)) }));
  return text;
}

const digestOf = (text: Text): string => (text.digest ??= hash('sha256', text.json, 'base64'));
