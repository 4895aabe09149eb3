import { Registry } from 'prom-client';
import { AuthMetrics } from '#gateway/auth/auth.metrics.js';
import { CallerTokens } from '#gateway/auth/caller-tokens.js';
import { Issuers } from '#gateway/auth/issuers.js';
import { JwtStrategy } from '#gateway/auth/jwt.strategy.js';
import { TokenMemory } from '#gateway/auth/token-memory.js';
import { EgressClient } from '#egress/egress-client.js';
import { Clock } from '#observability/clock.js';
import { forge } from '../test/support/forge.js';
import { IdentityProvider, type SigningKey } from '../test/support/identity-provider.js';
import type { Figure } from './support/report.js';

const WARM_UP = 2_000;
const TOKENS = 3_000;
const RECALLS = 100_000;

/** Microseconds of this process's CPU that one of `times` rounds takes. */
async function cpuOf(times: number, round: (i: number) => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) await round(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/** What a token costs when it is seen first, all checks and its signature, and when it is remembered. */
export async function benchTokens(): Promise<Figure[]> {
  await using provider = await IdentityProvider.start();
  const clock = new Clock();
  const metrics = new AuthMetrics(new Registry());
  const issuer = {
    name: provider.issuer,
    jwksUrl: provider.jwksUrl,
    audiences: [provider.audience],
    tenantClaim: 'tenant',
  };
  const egress = new EgressClient();
  const issuers = new Issuers([issuer], clock, metrics, egress);
  const strategy = new JwtStrategy(issuers, clock, 30);
  const memory = new TokenMemory(strategy, clock, metrics, new CallerTokens());
  const figures: Figure[] = [];
  for (const alg of ['RS256', 'ES256'] as const) {
    const tokens = makeTokens(provider, provider.keyFor(alg));
    for (const token of tokens.slice(0, WARM_UP)) await strategy.verify(token);
    const value = await cpuOf(TOKENS, (i) => strategy.verify(tokens[WARM_UP + i]!));
    figures.push({ name: `token seen first, ${alg}, CPU`, value, unit: 'µs', target: { value: 250, at: 'most' } });
  }
  const [token] = makeTokens(provider, provider.keyFor('RS256'), 1);
  await memory.learn(memory.nameOf(token!), token!);
  const recall = () => {
    if (!memory.recall(memory.nameOf(token!))) throw new Error('the token was forgotten');
  };
  for (let i = 0; i < RECALLS; i++) recall();
  const before = process.cpuUsage();
  for (let i = 0; i < RECALLS; i++) recall();
  const { user, system } = process.cpuUsage(before);
  figures.push({ name: 'token remembered, CPU', value: (user + system) / RECALLS, unit: 'µs' });
  await egress.close();
  return figures;
}

const makeTokens = (provider: IdentityProvider, key: SigningKey, count = WARM_UP + TOKENS): string[] =>
  Array.from({ length: count }, (_unused, i) => forge(provider, { key, claims: { jti: `token-${i}` } }));
