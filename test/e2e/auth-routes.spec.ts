import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '#config/load-config.js';
import { AppModule } from '#gateway/app.module.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { installStages } from '#gateway/request-stages.js';
import { AuthStage } from '../support/auth-stage.js';
import { forge } from '../support/forge.js';

/** What anybody may ask for. A route that is not here needs a caller; another engineer's public one is added here. */
const PUBLIC =
  /^\/(?:docs(?:$|\/)|\.well-known\/oauth-protected-resource(?:$|\/)|livez$|readyz$|health$|metrics$|api\/achilles\/v1\/mcp\/health$)/;

/** Pages of people, who bring no token: without the ticket that a caller was given, or what follows from it, they say no. */
const PAGES = /^\/connect\//;

let stage: AuthStage;
beforeAll(async () => {
  stage = await AuthStage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Every route that Fastify has, as its own listing of them says. */
function routes(): { method: string; path: string }[] {
  const listing = stage.gateway.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const prefixes: string[] = [];
  return listing.split('\n').flatMap((line) => {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (indent === undefined || segment === undefined) return [];
    const depth = indent.length / 4;
    prefixes.length = depth;
    prefixes[depth] = segment;
    const path = prefixes
      .join('')
      .replace(/:\w+/g, '0f8fad5b-d9cb-469f-a165-70867728950e')
      .replace('*', '/assets/swagger-ui.css');
    return (methods ?? '')
      .split(', ')
      .filter(Boolean)
      .map((method) => ({ method, path }));
  });
}

/** The status of a request whose line is sent as it is. */
async function statusOf(method: string, target: string): Promise<number> {
  const { port, hostname } = new URL(stage.gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`${method} ${target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n`);
  return Number((await text(socket)).split(' ')[1]);
}

it('asks everybody who they are on every route but the public ones, HEAD included', async () => {
  const all = routes();
  expect(all.length).toBeGreaterThan(50);
  for (const { method, path } of all) {
    const expected = PAGES.test(path) ? 400 : PUBLIC.test(path) ? 200 : 401;
    expect([method, path, await statusOf(method, path)]).toEqual([method, path, expected]);
  }
});

const SESSIONS = `/${API_BASE}/sessions`;
describe('tells a stranger nothing about', () => {
  it.each([
    ['GET', '/nowhere'],
    ['GET', '/'],
    ['GET', SESSIONS.toUpperCase()],
    ['GET', `${SESSIONS}/`],
    ['GET', SESSIONS.replace('/sessions', '//sessions')],
    ['GET', `/${SESSIONS}`],
    ['GET', `${SESSIONS};x=1`],
    ['GET', `${SESSIONS}%2F`],
    ['GET', `${SESSIONS}%00`],
    ['GET', `${SESSIONS}?a=b`],
    ['GET', `${SESSIONS}#fragment`],
    ['GET', SESSIONS.replace('sessions', '%73essions')],
    ['GET', SESSIONS.replace('sessions', '%2e/sessions')],
    ['GET', SESSIONS.replace('sessions', './sessions')],
    ['GET', SESSIONS.replace('sessions', 'health/../sessions')],
    ['GET', SESSIONS.replace('sessions', 'health/%2e%2e/sessions')],
    ['GET', SESSIONS.replace('sessions', 'health%2f..%2fsessions')],
    ['GET', `/docs/..%2f${SESSIONS.slice(1)}`],
    ['GET', `/livez/../${SESSIONS.slice(1)}`],
    ['HEAD', SESSIONS],
    ['HEAD', '/nowhere'],
    ['OPTIONS', SESSIONS],
    ['OPTIONS', '/nowhere'],
    ['TRACE', SESSIONS],
    ['PUT', SESSIONS],
    ['DELETE', SESSIONS],
    ['PROPFIND', SESSIONS],
    ['QUERY', SESSIONS],
    ['POST', `/${API_BASE}/health`],
    ['DELETE', '/livez'],
  ])('%s %s', async (method, target) => expect(await statusOf(method, target)).toBe(401));

  it.each([
    ['GET', `/docs/assets/../../..${SESSIONS}`, 403],
    ['GET', '/%zz', 400],
    ['GET', `http://gateway${SESSIONS}`, 400],
    ['OPTIONS', '*', 400],
    ['GET', `${SESSIONS}/%`, 400],
    ['CONNECT', SESSIONS, NaN],
    ['BREW', SESSIONS, 400],
  ])('%s %s, which is no request', async (method, target, status) => {
    expect(await statusOf(method, target)).toBe(status);
  });
});

it('tells a caller that there is nothing', async () => {
  const api = stage.as(forge(stage.provider));
  for (const path of ['/nowhere', '/sessions/', '/SESSIONS']) expect((await api.get(path)).status).toBe(404);
});

describe('a route that declares nothing', () => {
  @Controller()
  class Forgotten {
    @Get('forgotten')
    get() {
      return { secret: true };
    }
  }

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'achilles-routes-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function planted(settings: object): Promise<NestFastifyApplication> {
    const config = parseConfig({
      ACHILLES_CORE: 'remote',
      ACHILLES_BASE_URL: 'http://127.0.0.1:1',
      ACHILLES_API_KEY: 'not-used-by-this-test',
      ISSUERS_FILE: 'none',
      RATE_LIMITS_FILE: 'none',
      DATA_DIR: folder,
      AUDIT_FILE: join(folder, 'audit.jsonl'),
      ...settings,
    });
    const testing = await Test.createTestingModule({
      imports: [AppModule.for(config)],
      controllers: [Forgotten],
    }).compile();
    const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    installStages(app);
    app
      .getHttpAdapter()
      .getInstance()
      .get('/forgotten-too', () => ({ secret: true }));
    await app.init();
    return app;
  }

  it.each(['/forgotten', '/forgotten-too'])('%s is closed to everybody', async (url) => {
    const app = await planted(stage.provider.settings);
    const headers = { authorization: `Bearer ${forge(stage.provider)}` };
    const answers = [await app.inject({ url }), await app.inject({ url, headers })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 403]);
    expect(answers.map(({ body }) => body.includes('secret'))).toEqual([false, false]);
    expect(answers[1]!.json()).toMatchObject({ code: 'route_closed' });
    await app.close();
  });

  it('is closed on this machine alone, too', async () => {
    const app = await planted({});
    expect((await app.inject('/forgotten')).statusCode).toBe(403);
    await app.close();
  });
});
