import { describe, expect, it } from '@jest/globals';
import { isSecretKey, redact } from './redact.js';

const WORD = 'c4nary';
const long = (count: number) => WORD.repeat(count);

/** Put together here, so that no scanner takes them for real. */
const SECRETS: readonly (readonly [kind: string, secret: string])[] = [
  ['a JWT', `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJh${WORD}In0.${long(8)}`],
  ['a JWT that was cut', `eyJhbGciOiJSUzI1NiJ9.eyJzdWI${WORD}`],
  ['a bearer token', `Bearer ${long(3)}`],
  ['a bearer token in lower case', `bearer   ${long(3)}`],
  ['a bearer token in a query', `Bearer%20${long(3)}`],
  ['basic credentials', `Basic ${Buffer.from(`user:${long(2)}`).toString('base64')}`],
  ['a session token', `ams_${long(4)}-${WORD}`],
  ['an AWS key', `AKIA${'C4NARY22'.repeat(2)}`],
  ['a temporary AWS key', `ASIA${'C4NARY22'.repeat(2)}`],
  ['a Google key', `AIza${long(6).slice(0, 35)}`],
  ['a Google token', `ya29.${long(4)}`],
  ['a Google client secret', `GOCSPX-${long(4)}`],
  ['an Azure client secret', `c4n8Q~${long(6)}`],
  ['an Azure storage key', `AccountKey=${long(6)}==`],
  ['an Azure signature', `https://a.blob.core.windows.net/c?sv=1&sig=${long(4)}%3D`],
  ['a GitHub token', `ghp_${long(6)}`],
  ['a GitHub app token', `ghs_${long(6)}`],
  ['a fine-grained GitHub token', `github_pat_${long(6)}`],
  ['a GitLab token', `glpat-${long(4)}`],
  ['a Slack token', `xoxb-123456-${long(3)}`],
  ['a Slack app token', `xapp-1-${long(3)}`],
  ['an OpenAI key', `sk-proj-${long(6)}`],
  ['an Anthropic key', `sk-ant-api03-${long(6)}`],
  ['a Stripe key', `sk_live_${long(4)}`],
  ['a restricted Stripe key', `rk_live_${long(4)}`],
  ['a webhook secret', `whsec_${long(4)}`],
  ['an npm token', `npm_${long(6)}`],
  ['a Hugging Face token', `hf_${long(6)}`],
  ['a SendGrid key', `SG.${long(4)}.${long(6)}`],
  ['a PEM block', `-----BEGIN RSA PRIVATE KEY-----\nMII${long(9)}\n-----END RSA PRIVATE KEY-----`],
  ['a PEM block that was cut', `-----BEGIN EC PRIVATE KEY-----\n${long(9)}`],
  ['a password in an address', `postgres://user:${WORD}@db/x`],
  ['a password with @ in it', `https://user:${WORD}@${WORD}@host/`],
  ['a user without password', `https://${WORD}@host`],
  ['password=', `password=${WORD}`],
  ['a name with a prefix', `DB_PASSWORD=${WORD}`],
  ['passwd:', `passwd: ${WORD}`],
  ['a JSON member', `{"client_secret":"${WORD}"}`],
  ['an escaped JSON member', `{\\"api_key\\": \\"${WORD}\\"}`],
  ['a header', `Authorization: Bearer ${WORD}`],
  ['a header of another scheme', `Authorization: Token${WORD}`],
  ['a cookie', `cookie: sid=${WORD}`],
  ['an encoded assignment', `token%3D${WORD}`],
  ['access_token in a query', `?access_token=${WORD}&x=1`],
  ['x-api-key', `x-api-key: ${WORD}`],
];

describe('a secret is hidden, wherever it stands', () => {
  it.each(SECRETS)('%s', (_kind, secret) => {
    for (const text of [
      secret,
      `before ${secret}`,
      `${secret} after`,
      `"${secret}"`,
      `a,${secret};b`,
      `${secret}\n${secret}`,
    ]) {
      const clean = redact(text);
      expect(clean).toContain('[redacted]');
      expect(clean.toLowerCase()).not.toContain(WORD);
    }
  });
});

it.each([
  'listSessions',
  'tenant-123',
  'ada@example.com',
  'auth0|60f1e7',
  '0198a1de-0000-7000-8000-000000000001',
  'req-12345',
  'nightly build of 2026-03-01',
  'https://idp.example/realms/a',
  'task-runner',
  'ghost',
  'desk-12',
  'token_expired',
  'Ünïcode 名前 🙂',
  '',
])('%j stays as it is', (text) => expect(redact(text)).toBe(text));

describe('takes time in proportion to the text, whatever it is', () => {
  it.each([
    'eyJ',
    'eyJ.',
    'eyJaaaaa.',
    'bearer ',
    'Bearer a',
    '-----BEGIN A-----',
    '-----BEGIN ',
    '://',
    '://a',
    ':// @',
    'a:b@',
    'password',
    'password=',
    'password  ',
    'password"\'',
    'token:token:',
    'sk-',
    'sk-a ',
    'ghp_',
    'SG.',
    'SG.aaaaaaaaaaa',
    '8Q~',
    'aaa8Q~',
    'xox',
    'A',
    '=',
    '%3',
    ' ',
    '\u0000',
    '\ud83d',
  ])('a megabyte of %j', (piece) => {
    const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
    const began = performance.now();
    redact(text);
    redact(`${text}!`);
    // Quadratic would be minutes.
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('a name tells that its value is a secret', () => {
  it.each([
    'password',
    'PASSWORD',
    'apiKey',
    'X-Api-Key',
    'client_secret',
    'accessToken',
    'jwt',
    'db_pwd',
    'Set-Cookie',
    'auth',
  ])('%s', (name) => expect(isSecretKey(name)).toBe(true));

  it.each(['max_tokens', 'author', 'keyword', 'query', 'secretary', 'tokenizer', 'path', 'key', ''])('not %j', (name) =>
    expect(isSecretKey(name)).toBe(false),
  );
});
