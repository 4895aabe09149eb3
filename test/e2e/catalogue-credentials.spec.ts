import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { AuthStage } from '../support/auth-stage.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { Platform } from '../support/platform/platform.js';
import { ToolClient } from '../support/platform/tool-client.js';

const stack = new AsyncDisposableStack();
let platform: Platform;
let folder: string;
beforeAll(async () => {
  platform = stack.use(await Platform.start());
  folder = await mkdtemp(join(tmpdir(), 'achilles-credentials-'));
  stack.defer(() => rm(folder, { recursive: true }));
});
afterAll(() => stack.disposeAsync());

const shown = () => platform.search.seen.at(-1)!.headers.authorization;

describe('what a backend is shown', () => {
  it('is the operator’s token, never the caller’s, and nothing that a client can set', async () => {
    await using stage = await AuthStage.open({
      ...platform.settings(),
      SEMANTIC_SEARCH_TOKEN: 'of-the-operator-0123456789',
    });
    const token = forge(stage.provider, { claims: { sub: 'ada lövelace', tier: 'enterprise', scope: 'tools:call' } });
    const headers = {
      'x-achilles-tenant': 'globex',
      'x-achilles-subject': 'root',
      'x-request-timeout-ms': '999999999',
      'proxy-authorization': 'Basic Zm9yZ2VkOmZvcmdlZA==',
      cookie: 'session=of-the-client',
    };
    const tools = ToolClient.of(stage.gateway, stage.as(token));
    // The provider's keys are fetched for the first call: a slow machine may take longer than is waited for.
    await eventually(async () => {
      expect((await tools.call('semantic_search', { query: 'x' }, headers)).body).toHaveProperty('structuredContent');
    });
    const [seen] = platform.search.seen;
    expect(seen!.headers).toMatchObject({
      authorization: 'Bearer of-the-operator-0123456789',
      'x-achilles-tenant': 'acme',
      'x-achilles-subject': 'ada%20l%C3%B6velace',
    });
    expect(Number(seen!.headers['x-request-timeout-ms'])).toBeLessThanOrEqual(10_000);
    expect(JSON.stringify(seen)).not.toMatch(/of-the-client|Zm9yZ2Vk|globex|root/);
    expect(JSON.stringify(seen)).not.toContain(token);
    // A backend without a token is shown none.
    expect((await tools.call('llm_complete', { prompt: 'x' })).status).toBe(200);
    expect(platform.model.seen[0]!.headers.authorization).toBeUndefined();
  });

  it('is read again when its file changes, and stays when the file holds none', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'the-first-token-01\n');
    const settings = { ...platform.settings(), SEMANTIC_SEARCH_TOKEN_FILE: file };
    await using gateway = await Gateway.boot(settings);
    const tools = ToolClient.of(gateway);
    await tools.call('semantic_search', { query: 'x' });
    expect(shown()).toBe('Bearer the-first-token-01');
    await writeFile(file, 'the-second-token-02');
    await eventually(async () => {
      await tools.call('semantic_search', { query: 'x' });
      expect(shown()).toBe('Bearer the-second-token-02');
    });
    const refused = async () => {
      const { values } = await gateway.app
        .get(Registry)
        .getSingleMetric('achilles_catalogue_token_reloads_total')!
        .get();
      return values.find(({ labels }) => labels['result'] === 'refused')!.value;
    };
    await writeFile(file, 'no token at all\n');
    await eventually(async () => expect(await refused()).toBeGreaterThanOrEqual(1));
    await tools.call('semantic_search', { query: 'x' });
    expect(shown()).toBe('Bearer the-second-token-02');
  });
});

const OWN = (backend: string) => `
backends: { own: ${backend} }
tools:
  find:
    description: Finds.
    tier: bronze
    backend: own
    method: GET
    path: /v1/agent/function
    inputSchema: { type: object, additionalProperties: false, properties: { q: { type: string }, n: { type: integer } } }
`;

describe('a backend of the operator’s own', () => {
  it('is named by BACKEND_ variables, and may be asked by GET', async () => {
    const file = join(folder, 'own.yaml');
    await writeFile(file, OWN('{ url_env: BACKEND_OWN_URL, token_env: BACKEND_OWN_TOKEN }'));
    await using gateway = await Gateway.boot({
      TOOLS_FILE: file,
      BACKEND_OWN_URL: `${platform.code.url}/base/`,
      BACKEND_OWN_TOKEN: 'my-own-token-98765',
    });
    const { status } = await ToolClient.of(gateway).call('find', { q: 'a b&c=ü', n: 2 });
    expect(status).toBe(502);
    const seen = platform.code.seen.at(-1)!;
    expect(`${seen.method} ${seen.path}`).toBe('GET /base/v1/agent/function?q=a+b%26c%3D%C3%BC&n=2');
    expect(seen.headers.authorization).toBe('Bearer my-own-token-98765');
    expect(seen.body).toBe('');
  });

  it.each([
    ['{ url_env: DATABASE_URL }', /backends\.own\.url_env must be a variable of a platform backend/],
    ['{ url: https://a, token_env: AUDIT_HMAC_KEY }', /backends\.own\.token_env must be a variable of a platform/],
    ['{ url: https://a, token_env: PATH }', /backends\.own\.token_env must be/],
    ['{ url: https://a, token: my-own-token }', /additional properties: token/],
    ['{ url: "https://u:p@a" }', /backends\.own\.url must not hold a user/],
    ['{ url: "ftp://a" }', /backends\.own\.url must be an http/],
    ['{ url: https://a, token_file: /no/such/file }', /token_file names \/no\/such\/file, which cannot be read/],
    ['{ url_env: BACKEND_NOT_SET_URL }', /BACKEND_NOT_SET_URL, which is not set/],
    ['{}', /url or url_env is required/],
  ])('is refused as %s', async (backend, fault) => {
    const file = join(folder, 'refused.yaml');
    await writeFile(file, OWN(backend));
    await expect(Gateway.boot({ TOOLS_FILE: file })).rejects.toThrow(fault);
  });
});
