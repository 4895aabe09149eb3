import type { EgressAnswer } from '#egress/egress-client.js';
import type { ContentBlock, ToolResult } from '#gateway/tools/tool.js';
import { InvalidResult, UpstreamResponse } from '#gateway/tools/tools.errors.js';
import { retryAfterMs } from '#resilience/retry-policy.js';
import { STATUS_CODES } from 'node:http';
import type { Secrets } from './secrets.js';

/** Of an API's own words about what was wrong. */
const LONGEST_PROBLEM = 4_000;
/** An image is there whole or not at all; as base64 it is a third larger. */
const LARGEST_IMAGE = 4 * 1_024 * 1_024;

const IMAGES = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
const JSON_TYPES = /^(?:application\/json|text\/json|[\w.-]+\/[\w.!#$&^-]+\+json)$/;
const TEXTS =
  /^(?:text\/.+|application\/(?:xml|yaml|x-yaml|javascript|ecmascript|x-www-form-urlencoded|graphql|sql|toml|x-ndjson|ndjson|jsonl|x-sh|rtf)|[\w.-]+\/[\w.!#$&^-]+\+(?:xml|yaml))$/;

const text = (said: string): ContentBlock => ({ type: 'text', text: said });

/**
 * An API's answer as a result. A refusal (4xx) is a result too: what the API says of it is what a model needs to do it
 * right. Headers are never told: they may be anything.
 * @param secrets taken out wherever an API repeats them
 * @throws UpstreamResponse (5xx, 429), InvalidResult
 */
export function readAnswer(answer: EgressAnswer, upstream: string, secrets: Secrets): ToolResult {
  const { status, body } = answer;
  if (status >= 500 || status === 429) throw new UpstreamResponse(upstream, status, waitOf(answer));
  if (status >= 300) return refusal(answer, secrets);
  if (status === 204 || status === 205 || body.length === 0) return { content: [] };
  const type = typeOf(answer);
  if (encodingOf(answer) !== undefined) {
    throw new InvalidResult(upstream, `it is encoded as ${encodingOf(answer)!.slice(0, 32)}, which nobody asked for`);
  }
  if (JSON_TYPES.test(type)) return jsonResult(answer, upstream, secrets);
  if (TEXTS.test(type)) return { content: [text(textIn(answer, secrets))] };
  if (type === '') return unnamed(answer, upstream, secrets);
  if (IMAGES.test(type)) return image(answer, type);
  return notShown(type, body.length);
}

function jsonResult(answer: EgressAnswer, upstream: string, secrets: Secrets): ToolResult {
  const said = textIn(answer, secrets);
  try {
    return { content: [text(said)], structuredContent: JSON.parse(said) as unknown };
  } catch {
    throw new InvalidResult(upstream, 'it says that it is JSON, and is not');
  }
}

/** Servers that name no type mostly send JSON or text. */
function unnamed(answer: EgressAnswer, upstream: string, secrets: Secrets): ToolResult {
  try {
    return jsonResult(answer, upstream, secrets);
  } catch {
    return answer.body.includes(0)
      ? notShown('of no type', answer.body.length)
      : { content: [text(textIn(answer, secrets))] };
  }
}

function image({ body }: EgressAnswer, type: string): ToolResult {
  if (body.length > LARGEST_IMAGE) return notShown(type, body.length);
  return { content: [{ type: 'image', data: body.toString('base64'), mimeType: type }] };
}

const notShown = (type: string, bytes: number): ToolResult => ({
  content: [text(`The API answered with ${bytes} bytes (${type.slice(0, 100)}), which cannot be shown here.`)],
  isError: true,
});

function refusal(answer: EgressAnswer, secrets: Secrets): ToolResult {
  const { status } = answer;
  const name = STATUS_CODES[status];
  const what = `The API answered with ${status}${name === undefined ? '' : ` (${name})`}`;
  if (status < 400) return said(`${what}: it leads elsewhere, and is not followed.`);
  if (status === 401) {
    return said(
      `${what}: it does not take the credentials that the gateway shows it. An operator has to look at them.`,
    );
  }
  const problem = problemOf(answer, secrets);
  const why = status === 403 ? ': the credentials that the gateway shows it do not allow this' : '';
  return said(`${what}${why}.${problem === '' ? '' : `\n${problem}`}`);
}

const said = (sentence: string): ToolResult => ({ content: [text(sentence)], isError: true });

/** Pages are for browsers. */
function problemOf(answer: EgressAnswer, secrets: Secrets): string {
  const type = typeOf(answer);
  const isReadable = JSON_TYPES.test(type) || type === 'text/plain' || /[/+]xml$/.test(type);
  if (!isReadable || encodingOf(answer) !== undefined) return '';
  const problem = textIn(answer, secrets).trim();
  return problem.length <= LONGEST_PROBLEM ? problem : `${problem.slice(0, LONGEST_PROBLEM - 1).toWellFormed()}…`;
}

function textIn({ headers, body }: EgressAnswer, secrets: Secrets): string {
  const charset = /;\s*charset="?([\w-]+)/i.exec(first(headers['content-type']) ?? '')?.[1];
  return secrets.takenOut(decoderOf(charset).decode(body));
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

const typeOf = ({ headers }: EgressAnswer) =>
  (first(headers['content-type']) ?? '').split(';')[0]!.trim().toLowerCase();

function encodingOf({ headers }: EgressAnswer): string | undefined {
  const encoding = first(headers['content-encoding'])?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding;
}

function waitOf({ headers }: EgressAnswer): number | undefined {
  const wait = retryAfterMs(first(headers['retry-after']), Date.now());
  return wait === undefined ? undefined : Math.ceil(wait / 1_000);
}
