import type { ToolResult } from '#gateway/tools/tool.js';
import { resultJson } from '#gateway/tools/result-json.js';
import { looksLikeJson } from './selectable.js';

export interface ResultDocument {
  readonly mimeType: string;
  readonly text: string;
}

const JSON_TYPE = 'application/json';

/**
 * A result as one text that can be read in parts: its own text where that is all there is, its structured content where
 * that is all, or stands beside a text that says the same; else the whole result as JSON.
 */
export function documentOf(result: ToolResult): ResultDocument {
  const { content, structuredContent } = result;
  const text = content.length === 1 && content[0]!.type === 'text' ? content[0]!['text'] : undefined;
  if (typeof text === 'string' && (structuredContent === undefined || looksLikeJson(text))) {
    return { text, mimeType: looksLikeJson(text) ? JSON_TYPE : 'text/plain' };
  }
  if (content.length === 0 && structuredContent !== undefined) {
    return { text: JSON.stringify(structuredContent), mimeType: JSON_TYPE };
  }
  return { text: resultJson(result), mimeType: JSON_TYPE };
}
