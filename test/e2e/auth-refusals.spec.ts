import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_BASE } from '#gateway/http/base-path.js';
import { AuthStage, Canary } from '../support/auth-stage.js';
import { type Forgery, forge, goodClaims, seconds, signText } from '../support/forge.js';
import { aSigningKey, publicJwk, type SigningKey } from '../support/identity-provider.js';

const TOLERANCE = 30;
const DAY = 86_400;
/** The gateway's clock stands still: a token can be right to the second. */
const NOW = seconds();

const rsaKey = (kid: string, modulusLength = 2_048, publicExponent = 65_537): SigningKey => ({
  kid,
  alg: 'RS256',
  privateKey: generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey,
});
const ecKey = (kid: string, namedCurve: string): SigningKey => ({
  kid,
  alg: 'ES256',
  privateKey: generateKeyPairSync('ec', { namedCurve }).privateKey,
});
const stranger = aSigningKey();
const PUBLISHED = {
  weak: rsaKey('weak', 1_024),
  almost: rsaKey('almost', 2_047),
  cheap: rsaKey('cheap', 2_048, 3),
  big: ecKey('big', 'P-384'),
  koblitz: ecKey('koblitz', 'secp256k1'),
  encryption: rsaKey('encryption'),
  another: rsaKey('another-algorithm'),
  signs: rsaKey('signs-only'),
};

let stage: AuthStage;
let canary: Canary;
beforeAll(async () => {
  stage = await AuthStage.open({ AUTH_CLOCK_TOLERANCE_SECONDS: TOLERANCE });
  stage.time = NOW * 1_000;
  canary = await Canary.start({ keys: [publicJwk(stranger)] });
  stage.provider.alsoPublished = [
    ...Object.values(PUBLISHED).slice(0, 5).map(publicJwk),
    { ...publicJwk(PUBLISHED.encryption), use: 'enc' },
    { ...publicJwk(PUBLISHED.another), alg: 'RS512' },
    { ...publicJwk(PUBLISHED.signs), key_ops: ['sign'] },
    { kty: 'oct', kid: 'symmetric', alg: 'HS256', k: Buffer.from('secret').toString('base64url') },
    null,
    'a key',
  ];
});
afterAll(async () => {
  await canary[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

const token = (forgery: Forgery = {}) =>
  forge(stage.provider, {
    ...forgery,
    claims:
      typeof forgery.claims === 'string' ? forgery.claims : { ...goodClaims(stage.provider, NOW), ...forgery.claims },
  });
const claiming = (claims: Record<string, unknown>) => () => token({ claims });
const headed = (header: Record<string, unknown>, key?: SigningKey) => () => token({ header, key });
const by = (key: SigningKey, alg?: string) => () => token({ header: alg === undefined ? {} : { alg }, key });
/** The JSON of good claims or a good header with text put in front of its last brace. */
const claimsWith = (more: string) => () =>
  token({ claims: JSON.stringify(goodClaims(stage.provider, NOW)).replace(/\}$/, `${more}}`) });
const headerWith = (more: string) => () =>
  token({ header: `{"typ":"JWT","alg":"RS256","kid":${JSON.stringify(kid())}${more}}` });
const kid = () => stage.provider.keyFor('RS256').kid;
const parts = () => token().split('.') as [string, string, string];
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (secret: string | Buffer, header: object) => () => {
  const text = `${encode({ typ: 'JWT', ...header })}.${parts()[1]}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const publicPem = () =>
  createPublicKey(stage.provider.keyFor('RS256').privateKey).export({ format: 'pem', type: 'spki' });

/** Another last character of the same bytes: base64url whose unused bits are not zero. */
const otherSpelling = (part: string) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) ^ 1];
};

type Row = readonly [what: string, reason: string, token: () => string];

const SIGNATURES: readonly Row[] = [
  ['alg none, no signature', 'token_malformed', () => `${encode({ typ: 'JWT', alg: 'none' })}.${parts()[1]}.`],
  ['alg none, kept signature', 'algorithm_refused', headed({ alg: 'none' })],
  ['alg None', 'algorithm_refused', headed({ alg: 'None' })],
  ['alg NONE and no kid', 'algorithm_refused', headed({ alg: 'NONE', kid: undefined })],
  ['no alg', 'algorithm_refused', headed({ alg: undefined })],
  ['alg null', 'algorithm_refused', headed({ alg: null })],
  ['alg empty', 'algorithm_refused', headed({ alg: '' })],
  ['alg as a list', 'algorithm_refused', headed({ alg: ['RS256'] })],
  ['alg rs256', 'algorithm_refused', headed({ alg: 'rs256' })],
  ['alg RS256 and a space', 'algorithm_refused', headed({ alg: 'RS256 ' })],
  ['alg __proto__', 'algorithm_refused', headed({ alg: '__proto__' })],
  ['HS256 with the public key as secret', 'algorithm_refused', () => hmac(publicPem(), { alg: 'HS256', kid: kid() })()],
  ['HS256 with a published symmetric key', 'algorithm_refused', hmac('secret', { alg: 'HS256', kid: 'symmetric' })],
  ['RS256 said, HMAC made', 'signature_wrong', () => hmac(publicPem(), { alg: 'RS256', kid: kid() })()],
  ['a symmetric key under RS256', 'key_unknown', headed({ kid: 'symmetric' })],
  [
    'RS384',
    'algorithm_refused',
    () => signText(`${encode({ alg: 'RS384', kid: kid() })}.${parts()[1]}`, stage.provider.keyFor('RS256'), 'sha384'),
  ],
  ['RS512', 'algorithm_refused', headed({ alg: 'RS512' })],
  ['PS256', 'algorithm_refused', headed({ alg: 'PS256' })],
  ['ES384', 'algorithm_refused', headed({ alg: 'ES384' })],
  ['ES256K', 'algorithm_refused', headed({ alg: 'ES256K' })],
  ['EdDSA', 'algorithm_refused', headed({ alg: 'EdDSA' })],
  [
    'RS256 with the kid of an EC key',
    'key_unknown',
    () => token({ header: { kid: stage.provider.keyFor('ES256').kid } }),
  ],
  [
    'ES256 with the kid of an RSA key',
    'key_unknown',
    () => token({ header: { kid: kid() }, key: stage.provider.keyFor('ES256') }),
  ],
  ["a stranger's key under the kid of ours", 'signature_wrong', () => token({ header: { kid: kid() }, key: stranger })],
  ["a stranger's key of its own kid", 'key_unknown', by(stranger)],
  ['an RSA key of 1 024 bits', 'key_unknown', by(PUBLISHED.weak)],
  ['an RSA key of 2 047 bits', 'key_unknown', by(PUBLISHED.almost)],
  ['an RSA key of exponent 3', 'key_unknown', by(PUBLISHED.cheap)],
  ['a P-384 key under ES256', 'key_unknown', by(PUBLISHED.big)],
  ['a secp256k1 key under ES256', 'key_unknown', by(PUBLISHED.koblitz)],
  ['a key for encryption', 'key_unknown', by(PUBLISHED.encryption)],
  ['a key for RS512', 'key_unknown', by(PUBLISHED.another)],
  ['a key that may not verify', 'key_unknown', by(PUBLISHED.signs)],
  [
    'another body under the signature',
    'signature_wrong',
    () => {
      const [head, , end] = parts();
      return `${head}.${encode(goodClaims(stage.provider, NOW - 1))}.${end}`;
    },
  ],
  [
    'another header under the signature',
    'signature_wrong',
    () => {
      const [, body, end] = parts();
      return `${encode({ alg: 'RS256', kid: kid() })}.${body}.${end}`;
    },
  ],
  [
    'a flipped bit',
    'signature_wrong',
    () => {
      const [head, body, end] = parts();
      return `${head}.${body}.${end.startsWith('A') ? 'B' : 'A'}${end.slice(1)}`;
    },
  ],
  [
    'half a signature',
    'signature_wrong',
    () => {
      const [head, body, end] = parts();
      return `${head}.${body}.${end.slice(0, 172)}`;
    },
  ],
  [
    'a signature of zeros under ES256',
    'signature_wrong',
    () =>
      `${token({ key: stage.provider.keyFor('ES256') })
        .split('.')
        .slice(0, 2)
        .join('.')}.${Buffer.alloc(64).toString('base64url')}`,
  ],
  [
    'an ES256 signature as DER',
    'signature_wrong',
    () => {
      const key = stage.provider.keyFor('ES256');
      const text = token({ key }).split('.').slice(0, 2).join('.');
      return `${text}.${sign('sha256', Buffer.from(text), key.privateKey).toString('base64url')}`;
    },
  ],
];

const HEADERS: readonly Row[] = [
  ['jwk', 'header_refused', () => token({ header: { jwk: publicJwk(stranger) }, key: stranger })],
  ['jku', 'header_refused', () => token({ header: { jku: canary.url }, key: stranger })],
  ['jku beside our kid', 'header_refused', () => token({ header: { jku: canary.url } })],
  ['x5u', 'header_refused', () => token({ header: { x5u: canary.url }, key: stranger })],
  ['x5c', 'header_refused', headed({ x5c: ['MIIB'] })],
  ['a URL as kid', 'key_unknown', () => token({ header: { kid: canary.url }, key: stranger })],
  ['crit', 'header_refused', headed({ crit: ['exp'] })],
  ['empty crit', 'header_refused', headed({ crit: [] })],
  ['b64 false', 'header_refused', headed({ b64: false, crit: ['b64'] })],
  ['zip', 'header_refused', headed({ zip: 'DEF' })],
  ['cty', 'header_refused', headed({ cty: 'JWT' })],
  ['a member nobody knows', 'header_refused', headed({ trust: 'me' })],
  ['__proto__', 'header_refused', headerWith(',"__proto__":{"alg":"none"}')],
  ['no kid', 'key_id_refused', headed({ kid: undefined })],
  ['kid null', 'key_id_refused', headed({ kid: null })],
  ['kid empty', 'key_id_refused', headed({ kid: '' })],
  ['kid as a number', 'key_id_refused', headed({ kid: 1 })],
  ['kid as a list', 'key_id_refused', () => token({ header: { kid: [kid()] } })],
  ['kid with a line break', 'key_id_refused', headed({ kid: 'a\nb' })],
  ['kid with U+0000', 'key_id_refused', () => token({ header: { kid: `${kid()}\0` } })],
  ['kid of 257 characters', 'key_id_refused', headed({ kid: 'k'.repeat(257) })],
  ['kid as a path', 'key_unknown', headed({ kid: '../../../../dev/null' })],
  ['kid as SQL', 'key_unknown', headed({ kid: "x'/**/union/**/select/**/'key" })],
  ['kid __proto__', 'key_unknown', headed({ kid: '__proto__' })],
  ['kid in other case', 'key_unknown', () => token({ header: { kid: kid().toUpperCase() } })],
  ['two kids', 'member_repeated', headerWith(',"kid":"x"')],
  ['two algs, the second in escapes', 'member_repeated', headerWith(',"\\u0061lg":"none"')],
  ['typ logout+jwt', 'type_refused', headed({ typ: 'logout+jwt' })],
  ['typ secevent+jwt', 'type_refused', headed({ typ: 'secevent+jwt' })],
  ['typ dpop+jwt', 'type_refused', headed({ typ: 'dpop+jwt' })],
  ['typ JWE', 'type_refused', headed({ typ: 'JWE' })],
  ['typ as a list', 'type_refused', headed({ typ: ['JWT'] })],
];

const SHAPES: readonly Row[] = [
  ['no token of any kind', 'token_malformed', () => 'abc'],
  ['two parts', 'token_malformed', () => parts().slice(0, 2).join('.')],
  ['four parts', 'token_malformed', () => `${token()}.e30`],
  ['JWE, five parts', 'token_malformed', () => `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: kid() })}.a.b.c.d`],
  ['dots alone', 'token_malformed', () => '..'],
  ['8 193 bytes', 'token_too_large', () => token().padEnd(8_193, 'A')],
  ['8 KB of claims, signed', 'token_too_large', claiming({ padding: 'x'.repeat(8_000) })],
  [
    'padding',
    'authorization_malformed',
    () =>
      parts()
        .map((part) => `${part}=`)
        .join('.'),
  ],
  ['padding at the end', 'token_malformed', () => `${token()}==`],
  ['base64 instead of base64url', 'token_malformed', () => `${parts().slice(0, 2).join('.')}.${'+/'.repeat(171)}`],
  [
    'a signature of another spelling',
    'token_malformed',
    () => {
      const [head, body, end] = parts();
      return `${head}.${body}.${otherSpelling(end)}`;
    },
  ],
  ['a header that is no JSON', 'token_malformed', () => token({ header: '{' })],
  ['a header that is a list', 'token_malformed', () => token({ header: '[]' })],
  ['a header that is null', 'token_malformed', () => token({ header: 'null' })],
  ['claims that are no JSON', 'token_malformed', () => token({ claims: 'exp' })],
  ['claims that are a list', 'token_malformed', () => token({ claims: '[{}]' })],
  ['claims that are text', 'token_malformed', () => token({ claims: '"ada"' })],
  [
    'claims behind a byte order mark',
    'token_malformed',
    () => token({ claims: `\ufeff${JSON.stringify(goodClaims(stage.provider, NOW))}` }),
  ],
  [
    'claims that are not UTF-8',
    'token_malformed',
    () => {
      const key = stage.provider.keyFor('RS256');
      const body = Buffer.from(JSON.stringify({ ...goodClaims(stage.provider, NOW), sub: 'adé' }), 'latin1').toString(
        'base64url',
      );
      return signText(`${parts()[0]}.${body}`, key);
    },
  ],
  [
    'claims nested 3 000 deep',
    'member_repeated',
    claimsWith(`,"deep":${'['.repeat(2_400)}{"a":1,"a":2}${']'.repeat(2_400)}`),
  ],
  ['two subs', 'member_repeated', claimsWith(',"sub":"root"')],
  ['two tenants', 'member_repeated', claimsWith(',"tenant":"acme"')],
  ['two exps, one in escapes', 'member_repeated', claimsWith(',"e\\u0078p":9999999999')],
  ['two names in a claim', 'member_repeated', claimsWith(',"act":{"sub":"a","sub":"b"}')],
  ['two __proto__', 'member_repeated', claimsWith(',"__proto__":{},"__proto__":{}')],
];

const TIMES: readonly Row[] = [
  ['no exp', 'time_malformed', claiming({ exp: undefined })],
  ['exp as text', 'time_malformed', () => token({ claims: { exp: String(NOW + 600) } })],
  ['exp null', 'time_malformed', claiming({ exp: null })],
  ['exp as a fraction', 'time_malformed', claiming({ exp: NOW + 600.5 })],
  ['exp as a list', 'time_malformed', claiming({ exp: [NOW + 600] })],
  ['exp 2⁵³', 'time_malformed', claiming({ exp: 2 ** 53 })],
  [
    'exp 1e400',
    'time_malformed',
    () => token({ claims: JSON.stringify(goodClaims(stage.provider, NOW)).replace(/"exp":\d+/, '"exp":1e400') }),
  ],
  ['exp below zero', 'time_malformed', claiming({ exp: -1 })],
  ['exp at the edge of the tolerance', 'expired', claiming({ exp: NOW - TOLERANCE })],
  ['exp long ago', 'expired', claiming({ exp: NOW - DAY })],
  ['exp in milliseconds', 'lifetime_too_long', claiming({ exp: (NOW + 600) * 1_000 })],
  ['exp a second more than a day ahead', 'lifetime_too_long', claiming({ exp: NOW + DAY + 1 })],
  ['exp in the year 10 000', 'lifetime_too_long', claiming({ exp: 253_402_300_800 })],
  ['nbf a second past the tolerance', 'not_yet_valid', claiming({ nbf: NOW + TOLERANCE + 1 })],
  ['nbf as text', 'time_malformed', claiming({ nbf: '0' })],
  ['nbf null', 'time_malformed', claiming({ nbf: null })],
  ['iat a second past the tolerance', 'issued_in_future', claiming({ iat: NOW + TOLERANCE + 1 })],
  ['iat as text', 'time_malformed', claiming({ iat: 'now' })],
  ['iat as a fraction', 'time_malformed', claiming({ iat: NOW - 0.5 })],
];

const MEANT = 'urn:achilles:test';
const NAMES: readonly Row[] = [
  ['no iss', 'issuer_unknown', claiming({ iss: undefined })],
  ['another iss', 'issuer_unknown', claiming({ iss: 'https://evil.example' })],
  ['iss and a slash', 'issuer_unknown', () => token({ claims: { iss: `${stage.provider.issuer}/` } })],
  [
    'iss with more behind it',
    'issuer_unknown',
    () => token({ claims: { iss: `${stage.provider.issuer}.evil.example` } }),
  ],
  ['a beginning of iss', 'issuer_unknown', () => token({ claims: { iss: stage.provider.issuer.slice(0, -1) } })],
  ['iss in other case', 'issuer_unknown', () => token({ claims: { iss: stage.provider.issuer.toUpperCase() } })],
  ['iss as a list', 'issuer_unknown', () => token({ claims: { iss: [stage.provider.issuer] } })],
  ['iss null', 'issuer_unknown', claiming({ iss: null })],
  ['no aud', 'audience_wrong', claiming({ aud: undefined })],
  ['another aud', 'audience_wrong', claiming({ aud: 'account' })],
  ['aud with more behind it', 'audience_wrong', claiming({ aud: `${MEANT}:admin` })],
  ['a beginning of aud', 'audience_wrong', claiming({ aud: MEANT.slice(0, -1) })],
  ['aud in other case', 'audience_wrong', claiming({ aud: MEANT.toUpperCase() })],
  ['two auds in one text', 'audience_wrong', claiming({ aud: `${MEANT} account` })],
  ['no aud of a list', 'audience_wrong', claiming({ aud: [] })],
  ['other auds', 'audience_wrong', claiming({ aud: ['a', 'b'] })],
  ['our aud in a list in a list', 'audience_wrong', claiming({ aud: [[MEANT]] })],
  ['our aud beside a number', 'audience_wrong', claiming({ aud: [MEANT, 1] })],
  ['aud as an object', 'audience_wrong', claiming({ aud: { [MEANT]: true } })],
  ['no sub', 'subject_refused', claiming({ sub: undefined })],
  ['sub empty', 'subject_refused', claiming({ sub: '' })],
  ['sub of blanks', 'subject_refused', claiming({ sub: '  ' })],
  ['sub as a number', 'subject_refused', claiming({ sub: 7 })],
  ['sub as a list', 'subject_refused', claiming({ sub: ['ada'] })],
  ['sub with a line break', 'subject_refused', claiming({ sub: 'ada\n{"sub":"root"}' })],
  ['sub with U+0000', 'subject_refused', claiming({ sub: 'ada\0' })],
  ['sub with an override of direction', 'subject_refused', claiming({ sub: 'ada\u202e' })],
  ['sub with half a character', 'subject_refused', claiming({ sub: 'ada\ud800' })],
  ['sub of 256 characters', 'subject_refused', claiming({ sub: 'a'.repeat(256) })],
  ['no tenant', 'tenant_refused', claiming({ tenant: undefined })],
  ['tenant empty', 'tenant_refused', claiming({ tenant: '' })],
  ['tenant as a list', 'tenant_refused', claiming({ tenant: ['acme'] })],
  ['tenant with a colon', 'tenant_refused', claiming({ tenant: 'acme:ada' })],
  ['tenant with a star', 'tenant_refused', claiming({ tenant: '*' })],
  ['tenant with a blank', 'tenant_refused', claiming({ tenant: 'acme ' })],
  ['tenant as a path', 'tenant_refused', claiming({ tenant: '../acme' })],
  ['tenant in another script', 'tenant_refused', claiming({ tenant: 'аcme' })],
  ['tenant of 129 characters', 'tenant_refused', claiming({ tenant: 'a'.repeat(129) })],
  ['no tier', 'tier_missing', claiming({ tier: undefined })],
  ['tier as a number', 'tier_missing', claiming({ tier: 3 })],
  ['tier empty', 'tier_missing', claiming({ tier: '' })],
  ['scope as a number', 'scopes_malformed', claiming({ scope: 1 })],
  ['scope null', 'scopes_malformed', claiming({ scope: null })],
  ['scope as an object', 'scopes_malformed', claiming({ scope: { 'sessions:read': true } })],
  ['scp with a number in it', 'scopes_malformed', claiming({ scope: undefined, scp: ['sessions:read', 1] })],
  ['an ID token', 'not_an_access_token', claiming({ at_hash: 'x' })],
  ['an ID token of Cognito', 'not_an_access_token', claiming({ token_use: 'id' })],
  ['an ID token of Keycloak', 'not_an_access_token', claiming({ typ: 'ID' })],
  ['a refresh token of Keycloak', 'not_an_access_token', claiming({ typ: 'Refresh' })],
  [
    'a logout token',
    'not_an_access_token',
    claiming({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
  ],
];

const REFUSED = [...SIGNATURES, ...HEADERS, ...SHAPES, ...TIMES, ...NAMES];

describe(`${REFUSED.length} forged tokens, refused alike`, () => {
  it.each(REFUSED)('%s', async (_what, reason, make) => {
    const text = make();
    const refusals = await stage.refusals(async () => {
      const { status, headers, body } = await stage.as(text).get('/sessions');
      expect(status).toBe(401);
      expect(body).toEqual({
        type: 'urn:achilles:problem:invalid_token',
        title: 'Unauthorized',
        status: 401,
        detail: 'The bearer token is not valid here.',
        code: 'invalid_token',
      });
      expect(headers.get('www-authenticate')).toBe(
        `Bearer error="invalid_token", resource_metadata="${stage.gateway.url}/.well-known/oauth-protected-resource/${API_BASE}"`,
      );
    });
    expect(refusals).toEqual([reason]);
  });

  it('made the gateway ask nobody but the issuer, and the issuer a few times only', () => {
    expect(canary.calls).toBe(0);
    expect(stage.provider.fetches).toBeLessThanOrEqual(4);
  });
});
