import { Credentials, NO_CREDENTIAL } from '#gateway/upstreams/credentials/credentials.js';

/** Those of upstreams that want none. */
export class PlainCredentials extends Credentials {
  constructor() {
    super({ make: () => ({ of: () => NO_CREDENTIAL, refused: () => false }) } as never);
  }
}
