/** Why a caller was not let in, for records and metrics alone: no answer says which. A closed set. */
export const REFUSAL_REASONS = [
  'no_token',
  'authorization_malformed',
  'authorization_repeated',
  'token_in_query',
  'token_too_large',
  'token_malformed',
  'member_repeated',
  'header_refused',
  'type_refused',
  'algorithm_refused',
  'key_id_refused',
  'key_unknown',
  'issuer_unknown',
  'signature_wrong',
  'audience_wrong',
  'time_malformed',
  'expired',
  'not_yet_valid',
  'issued_in_future',
  'lifetime_too_long',
  'not_an_access_token',
  'subject_refused',
  'tenant_refused',
  'tenant_of_another_issuer',
  'tier_missing',
  'scopes_malformed',
  'session_token_refused',
  'identity_provider_unavailable',
  'scope_missing',
  'route_closed',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A token that is not taken. Never reaches a caller: the guard answers every one of them alike. */
export class TokenRefused extends Error {
  constructor(readonly reason: RefusalReason) {
    super(reason);
    this.name = 'TokenRefused';
  }
}
