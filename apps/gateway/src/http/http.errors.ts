import { defineError } from '#errors/define-error.js';

export const MalformedJson = defineError('malformed_json', 400, (detail: string) => detail);

export const BodyTooDeep = defineError(
  'body_too_deep',
  400,
  (depth: number) => `The body is nested more than ${depth} levels deep.`,
);

export const TooManyKeys = defineError('too_many_keys', 400, (keys: number) => `The body has more than ${keys} keys.`);

export const DuplicateKeys = defineError('duplicate_keys', 400, () => 'An object in the body has the same key twice.');

export const UnsupportedEncoding = defineError(
  'unsupported_encoding',
  415,
  () => 'Send the body as it is, without Content-Encoding.',
);

export const UriTooLong = defineError('uri_too_long', 414, (most: number) => `The URL is longer than ${most} bytes.`);

export const HeadersTooLarge = defineError('headers_too_large', 431, () => 'The head of the request is too large.');

export const TooManyHeaders = defineError(
  'too_many_headers',
  431,
  (most: number) => `The request has more than ${most} headers.`,
);

export const MalformedRequest = defineError('malformed_request', 400, () => 'The request cannot be read.');

export const AmbiguousHost = defineError('ambiguous_host', 400, () => 'The request must name its host, and only one.');

/** DNS rebinding: the name of another, and the address of this machine. */
export const ForeignHost = defineError(
  'foreign_host',
  403,
  () => 'Without AUTH_MODE=jwt the gateway answers to names of this machine only, and to PUBLIC_URL.',
);

export const RepeatedHeader = defineError(
  'repeated_header',
  400,
  (name: string) => `The request has more than one ${name} header.`,
);

export const ExpectationFailed = defineError(
  'expectation_failed',
  417,
  () => 'Nothing but 100-continue can be expected.',
);

export const RequestTimeout = defineError('request_timeout', 408, () => 'The request took too long to arrive.');

export const OriginNotAllowed = defineError(
  'origin_not_allowed',
  403,
  () => 'Pages of this origin may not call the gateway.',
);
