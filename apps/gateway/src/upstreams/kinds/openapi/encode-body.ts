import { randomBytes } from 'node:crypto';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { ApiBody } from './api-operation.js';
import { ArgumentFault } from './argument-fault.js';
import { textOf } from './serialise.js';

export interface EncodedBody {
  readonly contentType: string;
  readonly bytes: Buffer | string;
}

type Members = readonly (readonly [name: string, value: unknown])[];

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** What is sent; undefined where the body is left out. @throws ArgumentFault */
export function encodeBody(body: ApiBody, args: JsonObject): EncodedBody | undefined {
  const { kind, mediaType, whole, required } = body;
  const given = whole === undefined ? membersOf(body, args) : args[whole];
  const isEmpty = given === undefined || (whole === undefined && Object.keys(given as object).length === 0);
  if (isEmpty && (!required || given === undefined)) return undefined;
  switch (kind) {
    case 'json':
      return { contentType: mediaType, bytes: JSON.stringify(given) };
    case 'text':
      return { contentType: `${mediaType}; charset=utf-8`, bytes: textOf(given) };
    case 'form':
      return { contentType: mediaType, bytes: formOf(pairs(given)) };
    case 'multipart':
      return multipart(pairs(given), body.files);
    default:
      return kind satisfies never;
  }
}

function membersOf({ members }: ApiBody, args: JsonObject): JsonObject {
  const given = members.map(({ argument, name }) => [name, args[argument]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** A list is one pair for each of what it holds. */
function pairs(given: unknown): Members {
  if (typeof given !== 'object' || given === null) throw new ArgumentFault('The form must be an object.');
  return Object.entries(given).flatMap(([name, value]) => {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.filter((one) => one !== null && one !== undefined).map((one) => [name, one] as const);
  });
}

function formOf(members: Members): string {
  const form = new URLSearchParams();
  for (const [name, value] of members) form.append(name, textOf(value));
  return form.toString();
}

function multipart(members: Members, files: readonly string[]): EncodedBody {
  const boundary = `achilles-${randomBytes(16).toString('hex')}`;
  const pieces = members.flatMap(([name, value]) => {
    const isFile = files.includes(name);
    const quoted = name.replace(/["\r\n\\]/g, (one) => encodeURIComponent(one));
    const more = isFile
      ? `; filename="${quoted}"\r\ncontent-type: application/octet-stream`
      : typeof value === 'object'
        ? '\r\ncontent-type: application/json'
        : '';
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted}"${more}\r\n\r\n`;
    return [Buffer.from(head), isFile ? bytesOf(name, value) : Buffer.from(textOf(value)), Buffer.from('\r\n')];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

function bytesOf(name: string, value: unknown): Buffer {
  if (typeof value !== 'string' || !BASE64.test(value)) throw new ArgumentFault(`${name} must be base64.`);
  return Buffer.from(value, 'base64');
}
