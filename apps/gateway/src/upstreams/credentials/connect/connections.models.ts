import { array, maybe, object, string } from '#schema/schema.js';

/** What a user lets the gateway do at one upstream. No token is shown. */
export const ConnectionOut = object(
  {
    upstream: string(),
    authorization_server: string({ description: 'Its issuer.' }),
    scopes: array(string(), { description: 'As they were given.' }),
    connected_at: string({ format: 'date-time' }),
    refreshed_at: maybe(string({ format: 'date-time' })),
    expires_at: maybe(
      string({ format: 'date-time', description: 'Of the access token, which is renewed by itself where it can be.' }),
    ),
  },
  { $id: 'Connection' },
);

export const ConnectionList = object({ connections: array(ConnectionOut) }, { $id: 'ConnectionList' });
