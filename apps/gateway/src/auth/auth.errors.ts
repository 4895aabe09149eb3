import { defineError } from '#errors/define-error.js';

/** The parameter of a challenge that says where to learn how to get a token; empty where there are no tokens. */
const metadata = (url: string | undefined) => (url === undefined ? '' : `resource_metadata="${url}"`);

const challenge = (...parameters: string[]) => `Bearer ${parameters.filter((text) => text !== '').join(', ')}`;

export const TokenRequired = defineError('token_required', 401, (metadataUrl: string | undefined) => ({
  message: 'Send a bearer token in the Authorization header.',
  challenge: challenge(metadata(metadataUrl)),
}));

/** One sentence for every reason: which check failed is not the caller's to know. */
export const InvalidToken = defineError('invalid_token', 401, (metadataUrl: string | undefined) => ({
  message: 'The bearer token is not valid here.',
  challenge: challenge('error="invalid_token"', metadata(metadataUrl)),
}));

/** Names every scope that the call needs, so that one more token will do. */
export const InsufficientScope = defineError(
  'insufficient_scope',
  403,
  (scopes: readonly string[], metadataUrl: string | undefined) => ({
    message: `This call needs a token with ${scopes.length === 1 ? 'the scope' : 'the scopes'} ${scopes.join(', ')}.`,
    members: { scope: scopes.join(' ') },
    challenge: challenge('error="insufficient_scope"', `scope="${scopes.join(' ')}"`, metadata(metadataUrl)),
  }),
);

export const RouteClosed = defineError('route_closed', 403, () => 'Nobody may call this route.');

/** Seconds after which a client may find the issuer back. */
const RETRY_AFTER = 2;

export const IdentityProviderUnavailable = defineError('identity_provider_unavailable', 503, () => ({
  message: 'The token cannot be checked now: its issuer does not answer.',
  retryAfter: RETRY_AFTER,
}));
