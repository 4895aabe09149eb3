import type { Caller } from '#core/caller.js';
import type { Credential } from './credential.js';

/** What one upstream is shown: as `Credentials`, for this one. */
export interface CredentialSource {
  of(caller: Caller | undefined, signal: AbortSignal): Credential | Promise<Credential>;
  refused(caller: Caller | undefined, credential: Credential): boolean;
}

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

/** A credential that is a bearer token. */
export const bearer = (key: string, token: string): Credential => ({
  key,
  headers: { authorization: `Bearer ${token}` },
  query: NOTHING,
  env: NOTHING,
});

/** The token of a credential that `bearer` made. */
export const bearerOf = ({ headers }: Credential): string | undefined =>
  headers['authorization']?.slice('Bearer '.length);
