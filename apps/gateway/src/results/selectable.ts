/** What of a result can be selected from: its structured content, or its only text where that is JSON. */
export function selectable(result: unknown): { readonly value: unknown } | undefined {
  const { structuredContent, content } = result as { structuredContent?: unknown; content?: unknown };
  if (structuredContent !== undefined) return { value: structuredContent };
  const text = onlyText(content);
  if (text === undefined || !looksLikeJson(text)) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The text of the only block that is one; other blocks may stand beside it. */
export function onlyText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const texts = (content as { type?: unknown; text?: unknown }[]).filter(({ type }) => type === 'text');
  const text = texts.length === 1 ? texts[0]!.text : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Of an object or a list: nobody selects from a number. */
export const looksLikeJson = (text: string): boolean => /^\s*[[{]/.test(text);
