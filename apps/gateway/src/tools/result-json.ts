import type { ToolAnswer } from './tool.js';

const texts = new WeakMap<object, string>();

/** The answer as JSON, made once: the size is measured on it, it is what is sent, and a remembered answer keeps it. */
export function resultJson(answer: ToolAnswer): string {
  let text = texts.get(answer);
  if (text === undefined) texts.set(answer, (text = JSON.stringify(answer)));
  return text;
}
