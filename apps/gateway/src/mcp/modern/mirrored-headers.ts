import type { IncomingHttpHeaders } from 'node:http';
import { argumentAt, headerParametersOf } from '#gateway/tools/header-parameters.js';
import type { JsonObject, Tool } from '#gateway/tools/tool.js';
import { RPC, RpcError } from '../json-rpc.js';

/** Methods that name something, and where. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

const mismatch = (header: string, why: string) =>
  new RpcError(RPC.HEADER_MISMATCH, `The header ${header} ${why}.`, 400);

/** Headers say again what stands in the body, for those on the way who read only them. Nothing is decided by them. */
export function compareHeaders(
  headers: IncomingHttpHeaders,
  version: string,
  { method, params }: { readonly method: string; readonly params: JsonObject },
): void {
  compare('MCP-Protocol-Version', headers['mcp-protocol-version'], version);
  compare('Mcp-Method', headers['mcp-method'], method);
  const member = NAMED[method];
  if (member === undefined) return;
  const name = params[member];
  if (typeof name === 'string') compare('Mcp-Name', headers['mcp-name'], name);
  else if (headers['mcp-name'] !== undefined) throw mismatch('Mcp-Name', 'names what the body does not');
}

/** Compares the `Mcp-Param-*` that the tool's schema asks for. Others are nobody's business here. */
export function compareParameters(headers: IncomingHttpHeaders, tool: Tool, args: unknown): void {
  for (const { header, path } of headerParametersOf(tool.definition)) {
    const value = argumentAt(args, path);
    const given = headers[header.toLowerCase()];
    if (value === undefined || value === null) {
      if (given !== undefined) throw mismatch(header, 'names what the body does not');
    } else if (typeof value === 'number') {
      if (numberOf(header, given) !== value) throw mismatch(header, 'differs from the body');
    } else if (typeof value === 'string' || typeof value === 'boolean') {
      compare(header, given, String(value));
    }
    // Anything else is no value that a header could hold: the tool's own checks refuse it.
  }
}

function compare(header: string, given: string | string[] | undefined, expected: string): void {
  const said = textOf(header, given);
  if (said !== expected) throw mismatch(header, said === undefined ? 'is missing' : 'differs from the body');
}

function numberOf(header: string, given: string | string[] | undefined): number {
  const text = textOf(header, given);
  if (text === undefined) throw mismatch(header, 'is missing');
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

const SENTINEL = /^=\?base64\?(.*)\?=$/;

/** What a header says; what HTTP could not carry as it is comes as `=?base64?…?=`. */
function textOf(header: string, given: string | string[] | undefined): string | undefined {
  if (typeof given !== 'string') return undefined;
  const trimmed = given.trim();
  const encoded = SENTINEL.exec(trimmed)?.[1];
  if (encoded === undefined) return trimmed;
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString();
  // Buffer passes over what is not base64, and replaces what is not UTF-8.
  if (bytes.toString('base64') !== encoded || !Buffer.from(text).equals(bytes)) {
    throw mismatch(header, 'is not encoded as it says');
  }
  return text;
}
