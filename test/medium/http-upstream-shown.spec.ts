import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NO_CREDENTIAL, type Credential, type Credentials } from '#gateway/upstreams/credentials/credentials.js';
import type { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import { callOf, Connections, textIn } from '../support/upstream-call.js';
import { SdkUpstream, type UpstreamEra } from '../support/upstream-servers/sdk-upstream.js';

type Shown = Pick<Credentials, 'of' | 'refused'>;

const soon = () => AbortSignal.timeout(30_000);

let upstream: SdkUpstream;
let connections: Connections;
let connection: HttpConnection;

async function open(era: UpstreamEra, entry: object = {}, credentials?: Shown): Promise<void> {
  upstream = await SdkUpstream.start(era);
  connections = new Connections(credentials);
  connection = connections.to(upstream.url, entry);
}
const close = async () => {
  await connections[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
};

describe('what is shown to the upstream', () => {
  let current: Credential;
  let refused: Credential[];
  const rotating: Shown = {
    of: () => current,
    refused: (_spec, _caller, credential) => {
      refused.push(credential);
      current = { ...NO_CREDENTIAL, key: 'second', headers: { authorization: 'Bearer second-secret' } };
      return true;
    },
  };
  beforeEach(async () => {
    refused = [];
    current = {
      ...NO_CREDENTIAL,
      key: 'first',
      headers: { Authorization: 'Bearer first-secret', Host: 'evil.example', 'Mcp-Name': 'no' },
      query: { token: 'a secret&more' },
    };
    await open(
      'dual',
      { headers: { 'X-Team': 'a', authorization: 'Bearer of-the-file', Connection: 'close' } },
      rotating,
    );
  });
  afterEach(close);

  it('is the credential, over what the file says, and the protocol over both', async () => {
    await connection.request(callOf('echo'));
    const { url, headers } = upstream.seen.at(-1)!;
    expect(url).toBe('/mcp?token=a+secret%26more');
    expect(headers).toMatchObject({
      authorization: 'Bearer first-secret',
      'x-team': 'a',
      'mcp-name': 'echo',
      connection: 'keep-alive',
    });
    expect(headers.host).toBe(`127.0.0.1:${upstream.port}`);
  });

  it('is another one when it is refused, once', async () => {
    upstream.before = ({ headers }, response) => {
      if (headers.authorization === 'Bearer second-secret') return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return true;
    };
    expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}');
    expect(refused.map(({ key }) => key)).toEqual(['first']);
    upstream.before = (_request, response) => (response.writeHead(401).end(), true);
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({ code: 'upstream_response' });
    expect(refused).toHaveLength(2);
    // It is there, if only to refuse.
    await connection.ping(soon());
  });

  it('may be renewed in the middle of a session', async () => {
    await close();
    await open('legacy', {}, rotating);
    const shown = async () => {
      const { structuredContent } = await connection.request(callOf('whoami'));
      const { session, headers } = structuredContent as { session: string; headers: Record<string, string> };
      return [session, headers['authorization']];
    };
    const [session, first] = await shown();
    current = { ...current, headers: { authorization: 'Bearer renewed-secret' } };
    expect([first, await shown()]).toEqual(['Bearer first-secret', [session, 'Bearer renewed-secret']]);
  });

  it('is in nothing that the upstream says back', async () => {
    upstream.before = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const message = 'no such token: first-secret, nor a secret&more';
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id: null,
          error: { code: -32_020, message, data: { seen: 'Bearer first-secret' } },
        }),
      );
      return true;
    };
    const error = (await connection.request(callOf('echo')).catch((failed: unknown) => failed)) as Error;
    expect(error.message).toContain('***');
    expect(JSON.stringify([error.message, error])).not.toMatch(/first-secret|secret&more/);
  });
});

describe('an upstream that came over the admin API', () => {
  const to = async (allowed?: string) => {
    upstream = await SdkUpstream.start('modern');
    connections = new Connections(
      undefined,
      undefined,
      allowed === undefined ? {} : { UPSTREAM_ALLOWED_HOSTS: allowed },
    );
    connection = connections.to(upstream.url, { origin: 'admin' });
  };
  afterEach(close);

  it.each([undefined, '10.0.0.0/8', 'localhost'])(
    'is not called in the network behind the gateway, with %s allowed',
    async (allowed) => {
      await to(allowed);
      const refused = { code: 'upstream_address_refused' };
      await expect(connection.request(callOf('echo'))).rejects.toMatchObject(refused);
      await expect(connection.describe(undefined, soon())).rejects.toMatchObject(refused);
      await expect(connection.ping(soon())).rejects.toMatchObject(refused);
      expect(upstream.seen).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.0.0.0/8'])('is called where %s is allowed', async (allowed) => {
    await to(allowed);
    expect(textIn(await connection.request(callOf('echo', { a: 1 })))).toBe('{"a":1}');
  });

  it('is not followed to where it leads', async () => {
    await to('127.0.0.1');
    await connection.describe(undefined, soon());
    upstream.before = (_request, response) => (response.writeHead(307, { location: upstream.url }).end(), true);
    const before = upstream.seen.length;
    await expect(connection.request(callOf('echo'))).rejects.toMatchObject({
      message: 'other answered with status 307.',
    });
    expect(upstream.seen).toHaveLength(before + 1);
  });
});
