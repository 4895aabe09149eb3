import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_SECRET, EXCHANGE, UpstreamAuthorizationServer } from '../support/authorization-server.js';
import { connectAt } from '../support/connect-user.js';
import { VAULT_KEY } from '../support/credentials-stage.js';
import { eventually } from '../support/embedded-stage.js';
import { forge } from '../support/forge.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { GuardedUpstream } from '../support/guarded-upstream.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ModernClient } from '../support/modern-client.js';
import { type Era, ERAS, officialClient, type OfficialClient } from '../support/official-clients.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { SESSION_KEY } from '../support/session-key.js';

const NAMES = [...ERAS, 'exchanged'] as const;
type Name = (typeof NAMES)[number];

const stack = new AsyncDisposableStack();
let server: UpstreamAuthorizationServer;
let provider: IdentityProvider;
let database: TestDatabase;
let redis: RedisServer;
/** What people call with their own tokens: one that speaks 2026-07-28, one with sessions, and one whose tokens are exchanged. */
let upstreams: Readonly<Record<Name, GuardedUpstream>>;
/** Of the gateway, as it is in production but for TLS. */
let replicas: readonly [GatewayProcess, GatewayProcess];
let folder: string;

beforeAll(async () => {
  server = stack.use(await UpstreamAuthorizationServer.start());
  provider = stack.use(await IdentityProvider.start());
  database = stack.use(await TestDatabase.create());
  redis = stack.use(await RedisServer.start());
  upstreams = {
    modern: stack.use(await GuardedUpstream.start('modern', server)),
    legacy: stack.use(await GuardedUpstream.start('legacy', server)),
    exchanged: stack.use(await GuardedUpstream.start('legacy', server)),
  };
  folder = await mkdtemp(join(tmpdir(), 'achilles-users-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'upstreams.yaml');
  await writeFile(file, JSON.stringify({ upstreams: entries() }));
  const start = async (name: string) =>
    stack.use(
      await GatewayProcess.start({
        ...provider.settings,
        VAULT_KEY,
        LOG_LEVEL: 'trace',
        AUDIT_FILE: join(folder, `${name}.jsonl`),
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: '4',
        REDIS_URL: redis.url,
        UPSTREAMS_FILE: file,
        UPSTREAM_APP_SECRET: CLIENT_SECRET,
        SHUTDOWN_DRAIN_SECONDS: '0',
      }),
    );
  replicas = await Promise.all([start('one'), start('two')]);
  for (const { url } of replicas) await eventually(() => isOffered(url), 60_000);
}, 240_000);
afterAll(() => stack.disposeAsync());

function entries() {
  const client = { client_secret_env: 'UPSTREAM_APP_SECRET', issuer: server.issuer };
  const user = { kind: 'user', client_id: 'app', ...client, scopes: ['notes:read'] };
  const auths = { modern: user, legacy: user, exchanged: { kind: 'token_exchange', client_id: 'service', ...client } };
  return Object.fromEntries(
    NAMES.map((name) => {
      const { url } = upstreams[name].server;
      return [name, { kind: 'http', url, tier: 'bronze', scopes: [], auth: auths[name] }];
    }),
  );
}

/** The keys of the identity provider have been fetched, and nobody has connected. */
async function isOffered(url: string): Promise<void> {
  for (const at of NAMES) {
    const { result } = await new ModernClient(`${url}/mcp/u/${at}`, headersOf(person('nobody'))).ask('tools/list');
    expect(result!['tools']).toMatchObject([{ name: 'connect' }]);
  }
}

interface Person {
  readonly sub: string;
  readonly tenant: string;
  /** Who this is at the upstream. */
  readonly account: string;
}
const person = (sub: string, tenant = 'acme'): Person => ({ sub, tenant, account: `${sub}-of-${tenant}-there` });

/** Tokens that people came with. */
const own: string[] = [];

function headersOf({ sub, tenant }: Person): Readonly<Record<string, string>> {
  const token = forge(provider, { claims: { sub, tenant, scope: 'tools:call', jti: String(own.length) } });
  own.push(token);
  return { authorization: `Bearer ${token}` };
}

/** Everything that clients were answered. */
const answers: string[] = [];

/** Somebody with a client, at one mount of one replica. */
class Seat implements AsyncDisposable {
  /** Addresses that this person was sent to. */
  readonly sentTo: string[] = [];

  private constructor(
    readonly person: Person,
    private readonly mcp: OfficialClient,
  ) {}

  /** @param opens whether the client opens pages; the person then signs in there, and agrees */
  static async take(client: Era, at: Name, who: Person, { replica = 0, opens = false } = {}): Promise<Seat> {
    const headers = headersOf(who);
    const open = async (url: string) => {
      seat.sentTo.push(url);
      expect(await connectAt(server, url, who.account)).toMatchObject({ status: 200 });
    };
    const path = `/mcp/u/${at}`;
    const mcp = await officialClient(client, replicas[replica]!.url, { headers, path, ...(opens && { open }) });
    const seat = new Seat(who, mcp);
    return seat;
  }

  /** The names of all tools. */
  tools(): Promise<string[]> {
    return this.mcp.tools();
  }

  /** Asks what there is, unless somebody has. */
  async offersWho(): Promise<void> {
    if ((await this.tools()).includes('connect')) await this.ask('connect');
  }

  /** What a tool says, or how it fails. */
  async ask(tool = 'who'): Promise<string> {
    const result = await this.mcp.call(tool);
    answers.push(JSON.stringify(result));
    return String(result.content[0]!.text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.mcp[Symbol.asyncDispose]();
  }
}

/** As a client that opens no pages is told, and a person reads it. */
const inWords = (at: Era) =>
  new RegExp(`^ConnectNeededError: ${at} wants to know who you are\\. Open http\\S+ and call`);

/** Lets somebody connect where the words of a refusal say. */
async function connect(seat: Seat, at: Era): Promise<void> {
  const words = await seat.ask();
  expect(words).toMatch(inWords(at));
  await connectAt(server, /http\S+/.exec(words)![0], seat.person.account);
}

describe.each(ERAS)('an upstream that knows each user, and speaks as %s ones do', (at) => {
  it('offers a way to connect until somebody has, then its tools, at every replica', async () => {
    const first = person('first');
    await using one = await Seat.take('modern', at, first, { opens: true });
    await using other = await Seat.take('legacy', at, first, { replica: 1 });
    expect([await one.tools(), await other.tools()]).toEqual([['connect'], ['connect']]);
    expect(await one.ask('connect')).toBe(`Connected. There are 1 tools now: ${at}__who`);
    expect(one.sentTo).toHaveLength(1);
    for (const seat of [one, other]) await eventually(async () => expect(await seat.tools()).toEqual(['who']));
    expect(await other.ask()).toBe(first.account);
  });

  describe.each(ERAS)('called by the official client, %s', (client) => {
    const name = (short: string) => `${short}-${client}`;
    const [ada, bob, eve] = [person(name('ada')), person(name('bob')), person(name('ada'), 'globex')];

    it('sends a user to the page in the middle of the call, and goes on with it in that user’s name', async () => {
      await using seat = await Seat.take(client, at, ada, { opens: true });
      expect(await seat.ask()).toBe(ada.account);
      expect(await seat.ask()).toBe(ada.account);
      expect(seat.sentTo).toEqual([expect.stringMatching(`^${replicas[0].url}/connect/${at}\\?ticket=[\\w-]+$`)]);
      await using elsewhere = await Seat.take(client, at, ada, { replica: 1 });
      expect(await elsewhere.ask()).toBe(ada.account);
    });

    it('tells others to connect first: of the same tenant, and of the same name in another one', async () => {
      for (const replica of [0, 1]) {
        for (const who of [bob, eve]) {
          await using seat = await Seat.take(client, at, who, { replica });
          expect(await seat.ask()).toMatch(inWords(at));
        }
      }
      for (const { account } of [bob, eve]) expect(upstreams[at].taken.has(account)).toBe(false);
    });

    it('shows the upstream each caller’s own token, however they come', async () => {
      for (const who of [bob, eve]) {
        await using seat = await Seat.take(client, at, who, { replica: 1 });
        await connect(seat, at);
      }
      await using together = new AsyncDisposableStack();
      const taken = [ada, bob, eve].flatMap((who) => [0, 1].map((replica) => Seat.take(client, at, who, { replica })));
      const seats = (await Promise.all(taken)).map((seat) => together.use(seat));
      const calls = Array.from({ length: 3 }, () => seats).flat();
      const said = await Promise.all(calls.map((seat) => seat.ask()));
      expect(said).toEqual(calls.map(({ person: { account } }) => account));
      for (const [session, owners] of upstreams[at].inSession) expect([session, owners.size]).toEqual([session, 1]);
    });

    it('gets a new token once, over all replicas, when the old one is not taken any more', async () => {
      await using together = new AsyncDisposableStack();
      const taken = [0, 1, 0, 1].map((replica) => Seat.take(client, at, ada, { replica }));
      const seats = (await Promise.all(taken)).map((seat) => together.use(seat));
      const before = server.count('refresh_token');
      upstreams[at].revoke(ada.account);
      const calls = Array.from({ length: 3 }, () => seats).flat();
      const said = await Promise.all(calls.map((seat) => seat.ask()));
      expect(new Set(said)).toEqual(new Set([ada.account]));
      expect(server.count('refresh_token') - before).toBe(1);
    });

    it('asks again when what was granted has been taken back, and nobody else', async () => {
      await server.takeBack(eve.account);
      upstreams[at].revoke(eve.account);
      for (const replica of [1, 0]) {
        await using seat = await Seat.take(client, at, eve, { replica });
        expect(await seat.ask()).toMatch(inWords(at));
      }
      await using other = await Seat.take(client, at, ada);
      expect(await other.ask()).toBe(ada.account);
      await using seat = await Seat.take(client, at, eve, { opens: true });
      expect(await seat.ask()).toBe(eve.account);
      expect(seat.sentTo).toHaveLength(1);
      await using elsewhere = await Seat.take(client, at, eve, { replica: 1 });
      expect(await elsewhere.ask()).toBe(eve.account);
    });
  });
});

describe.each(ERAS)('an upstream whose tokens are exchanged, called by the official client, %s', (client) => {
  const at = 'exchanged';
  const [ada, bob, eve] = [person(`ada-${client}`), person(`bob-${client}`), person(`ada-${client}`, 'globex')];
  const account = ({ sub }: Person) => `exchanged-for-${sub}`;

  it('is shown a token for each caller, and never the one that the caller came with', async () => {
    await using together = new AsyncDisposableStack();
    const taken = [ada, bob, eve].flatMap((who) => [0, 1].map((replica) => Seat.take(client, at, who, { replica })));
    const seats = (await Promise.all(taken)).map((seat) => together.use(seat));
    await seats[0]!.offersWho();
    for (const seat of seats) {
      await eventually(async () => expect(await seat.tools()).toEqual(['who']));
      expect(await seat.ask()).toBe(account(seat.person));
    }
    const before = server.count(EXCHANGE);
    const said = await Promise.all([...seats, ...seats].map((seat) => seat.ask()));
    expect(said).toEqual([...seats, ...seats].map((seat) => account(seat.person)));
    // Of one name in two tenants, at two replicas: four tokens, and each has its own session.
    expect(upstreams[at].taken.get(account(ada))!.size).toBeGreaterThanOrEqual(4);
    expect(server.count(EXCHANGE)).toBe(before);
    const seen = JSON.stringify(upstreams[at].server.seen);
    expect(own.filter((token) => seen.includes(token))).toEqual([]);
  });

  it('is shown another one when it does not take the old one any more', async () => {
    await using seat = await Seat.take(client, at, bob);
    expect(await seat.ask()).toBe(account(bob));
    upstreams[at].revoke(account(bob));
    expect(await seat.ask()).toBe(account(bob));
  });
});

/** All that stands in the database, as text. */
async function rows(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  const texts = await Promise.all(
    tables.map(({ name }) =>
      database.query<{ text: string }>(`select coalesce(string_agg(t::text, ' '), '') as text from ${name} t`),
    ),
  );
  return texts.map(([row]) => row!.text).join('\n');
}

async function inRedis(): Promise<string> {
  const keys = (await redis.cli('--scan')).split('\n');
  const kept = keys.map(async (key) => {
    const type = await redis.cli('type', key);
    const get = { string: ['get', key], hash: ['hgetall', key], stream: ['xrange', key, '-', '+'] }[type];
    return `${key} ${get ? await redis.cli(...get) : type}`;
  });
  return (await Promise.all(kept)).join('\n');
}

it('leaves no secret in the open: not at rest, not in answers, records, figures or the log', async () => {
  const tokens = [...server.given, ...own];
  expect(tokens.length).toBeGreaterThan(20);
  const sessions = [upstreams.legacy, upstreams.exchanged].flatMap((each) => [...each.server.sessions.keys()]);
  expect(sessions.length).toBeGreaterThan(5);
  const logs = ['one', 'two'].map((name) => join(folder, `${name}.jsonl`));
  const places = {
    database: await rows(),
    redis: await inRedis(),
    answers: answers.join('\n'),
    log: replicas.map(({ log }) => log).join('\n'),
    records: (await Promise.all(logs.map((log) => readFile(log, 'utf8')))).join('\n'),
    figures: await (await fetch(`${replicas[0].url}/metrics`)).text(),
  };
  // Each is what it is taken for.
  expect(places.database).toContain('ada-modern');
  expect(places.redis).toContain('upstream-session:');
  expect(places.records).toContain('upstream.connect');
  expect(places.log).toContain('"req');
  const open = [];
  for (const [place, text] of Object.entries(places)) {
    for (const secret of [...tokens, ...sessions, CLIENT_SECRET, VAULT_KEY, SESSION_KEY]) {
      const forms = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64url')];
      if (forms.some((form) => text.includes(form))) open.push(`${place}: ${secret}`);
    }
  }
  expect(open).toEqual([]);
  // An address to connect at is for who calls alone.
  expect(places.log + places.records + places.figures).not.toMatch(/ticket=|code=/);
});
