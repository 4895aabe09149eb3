import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Store } from '#database/store.js';
import { ReplicaNews, type NewsItem } from '#gateway/replicas/replica-news.service.js';
import { openRedis } from '#redis/redis.js';
import { PubSub } from '#redis/pub-sub.js';
import { RedisHealth } from '#redis/redis-health.js';
import { eventually } from '../support/embedded-stage.js';
import { TestDatabase } from '../support/postgres.js';
import { RedisServer } from '../support/redis-server.js';

interface Replica {
  readonly news: ReplicaNews;
  readonly heard: NewsItem[];
  looks: number;
}

const ITEM: NewsItem = { kind: 'definitions', name: 'weather' };
const stack = new AsyncDisposableStack();
const replicas: Replica[] = [];
let database: TestDatabase;

beforeAll(async () => {
  database = stack.use(await TestDatabase.create());
});
afterEach(() => {
  for (const { news } of replicas.splice(0)) news.onModuleDestroy();
});
afterAll(() => stack.disposeAsync());

function listening(news: ReplicaNews): Replica {
  const replica: Replica = { news, heard: [], looks: 0 };
  news.listen(
    (item) => replica.heard.push(item),
    () => replica.looks++,
  );
  replicas.push(replica);
  return replica;
}

async function store(): Promise<Store> {
  return stack.use(
    await Store.open({
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: 2,
      DATABASE_START_TIMEOUT_SECONDS: 5,
      DATA_DIR: '/nowhere',
    }),
  );
}

describe('over PostgreSQL', () => {
  const replica = async () => {
    const one = listening(new ReplicaNews(await store(), undefined, undefined));
    // Listening begins with a look: what was said before is not known.
    await eventually(() => expect(one.looks).toBeGreaterThan(0));
    return one;
  };

  it('tells every replica once, itself at once', async () => {
    const [a, b] = [await replica(), await replica()];
    await a.news.tell(ITEM);
    expect(a.heard).toEqual([ITEM]);
    await eventually(() => expect(b.heard).toEqual([ITEM]));
    await b.news.tell({ kind: 'upstream', name: 'files' });
    await eventually(() => expect(a.heard).toHaveLength(2));
    expect([a.heard, b.heard].map((heard) => heard.length)).toEqual([2, 2]);
  });

  it('is not upset by what others say on the channel', async () => {
    const one = await replica();
    for (const payload of ['', 'x', 'x {', 'x null', 'x 7', 'x {"upstream":7,"what":"entry"}', 'x {"what":"entry"}']) {
      await database.query('select pg_notify($1, $2)', ['achilles_news', payload]);
    }
    await database.query(`select pg_notify('achilles_news', 'x ${JSON.stringify(ITEM)}')`);
    await eventually(() => expect(one.heard).toEqual([ITEM]));
  });

  it('looks when the connection that it listens on has come back', async () => {
    const one = await replica();
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'achilles_news' and datname = current_database()`,
    );
    const before = one.looks;
    await eventually(() => expect(one.looks).toBeGreaterThan(before));
    await eventually(async () => {
      await database.query(`select pg_notify('achilles_news', 'x ${JSON.stringify(ITEM)}')`);
      expect(one.heard).toContainEqual(ITEM);
    });
  });

  it('goes on when one of those who listen fails', async () => {
    const one = await replica();
    const broken = () => {
      throw new Error('cannot');
    };
    one.news.listen(broken, broken);
    const last: NewsItem[] = [];
    one.news.listen(
      (item) => last.push(item),
      () => undefined,
    );
    await one.news.tell(ITEM);
    expect(last).toEqual([ITEM]);
  });
});

it('goes over Redis where there is one, and is looked for while it is away', async () => {
  await using redis = await RedisServer.start();
  const replica = async () => {
    const client = await openRedis(redis.url);
    const health = new RedisHealth(client);
    await health.start();
    const pubSub = new PubSub(client, health);
    stack.defer(() => {
      pubSub.stop();
      health.stop();
    });
    return listening(new ReplicaNews(await store(), pubSub, health));
  };
  const [a, b] = [await replica(), await replica()];
  await eventually(async () => {
    await a.news.tell(ITEM);
    expect(b.heard).toContainEqual(ITEM);
  });
  const looks = b.looks;
  await redis.end();
  await eventually(() => expect(b.looks).toBeGreaterThan(looks));
});

it('without either is heard in this process', async () => {
  const one = listening(new ReplicaNews(undefined, undefined, undefined));
  await one.news.tell(ITEM);
  expect(one.heard).toEqual([ITEM]);
});
