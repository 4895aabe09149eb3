import type { ToolDefinition } from '#gateway/tools/tool.js';

export const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
export type Method = Uppercase<(typeof METHODS)[number]>;

export type Style = 'form' | 'simple' | 'label' | 'matrix' | 'deepObject' | 'spaceDelimited' | 'pipeDelimited';

/** How one argument becomes a part of the address or a header. */
export interface ApiParameter {
  /** Of the tool. */
  readonly argument: string;
  /** At the API. */
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly style: Style;
  readonly explode: boolean;
  /** As JSON, where the document gives it a media type in place of a style. */
  readonly isJson: boolean;
}

export type BodyKind = 'json' | 'form' | 'multipart' | 'text';

/** How arguments become the body. */
export interface ApiBody {
  /** As it is sent. */
  readonly mediaType: string;
  readonly kind: BodyKind;
  /** The argument that is the whole body; undefined where each of `members` is one of its members. */
  readonly whole?: string;
  readonly members: readonly { readonly argument: string; readonly name: string }[];
  /** Members that are files: their arguments are base64. */
  readonly files: readonly string[];
  readonly required: boolean;
}

/** One operation of an API as a tool, and how it is called. Plain data: it comes out of a thread. */
export interface ApiOperation {
  readonly definition: ToolDefinition;
  readonly method: Method;
  /** Begins with `/`; `{name}` stands for a path parameter. */
  readonly path: string;
  readonly parameters: readonly ApiParameter[];
  readonly body?: ApiBody;
}

/** What of a document is wanted. */
export interface DocumentWishes {
  /** Of the operations; all without them. */
  readonly patterns?: readonly string[];
  /** The parameter that the gateway itself fills in with a credential: no argument of any tool. */
  readonly credential?: { readonly in: 'query' | 'header'; readonly name: string };
}

/** What an OpenAPI document says, as far as it can be called. */
export interface ApiDocument {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Of `servers[0]`, variables filled in; may be relative to where the document came from. */
  readonly server?: string;
  readonly operations: readonly ApiOperation[];
  /** Operations that are not offered, and why. */
  readonly leftOut: readonly { readonly operation: string; readonly reason: string }[];
  /** Where the document does not keep OpenAPI's own schema: told, not held against it. */
  readonly faults: readonly string[];
}
