import { type Credentials, NO_CREDENTIAL } from '#gateway/upstreams/credentials/credentials.js';

/** Of upstreams that are shown nothing. */
export const noCredentials = (): Credentials =>
  ({ of: () => NO_CREDENTIAL, refused: () => false, isPerCaller: () => false }) as unknown as Credentials;
