import type { ToolAnswer } from './tool.js';

const TEXT = Symbol('json');

/**
 * The answer as JSON, made once: the size is measured on it, it is what is sent, and a remembered answer keeps it. It
 * stands on the answer itself, where no copy of the answer takes it along; a WeakMap of one entry per call is work for
 * the garbage collector.
 */
export function resultJson(answer: ToolAnswer & { readonly [TEXT]?: string }): string {
  const known = answer[TEXT];
  if (known !== undefined) return known;
  const text = JSON.stringify(answer);
  if (Object.isExtensible(answer)) Object.defineProperty(answer, TEXT, { value: text });
  return text;
}
