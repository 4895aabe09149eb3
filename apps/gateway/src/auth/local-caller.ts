import type { Caller } from '#core/caller.js';
import { SCOPES } from './scopes.js';

/** The caller while no identity provider is configured: whoever sits at this machine. */
export const LOCAL_CALLER: Caller = Object.freeze({
  issuer: 'local',
  subject: 'anonymous',
  tenant: 'default',
  tier: 'enterprise',
  scopes: new Set<string>(SCOPES),
});
