import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { parseConfig } from '#config/load-config.js';
import { readKeyPairFiles, validityWarning } from '#config/tls-files.js';
import { Gateway } from '../support/boot-gateway.js';
import { aCertificate, type Certificate, writeCertificate } from '../support/certificates.js';
import { GatewayProcess } from '../support/gateway-process.js';

const REMOTE = {
  ACHILLES_CORE: 'remote',
  ACHILLES_BASE_URL: 'http://127.0.0.1:1',
  ACHILLES_API_KEY: 'k7-0123456789abcdef',
};

let folder: string;
let first: Certificate;
let second: Certificate;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'achilles-tls-'));
  [first, second] = await Promise.all([aCertificate('first'), aCertificate('second')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A connection that trusts nobody but these. */
const dial = (url: string, ca: string[], maxVersion: SecureVersion = 'TLSv1.3') =>
  new Promise<TLSSocket>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca, maxVersion }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });

async function nameServed(url: string): Promise<string> {
  const socket = await dial(url, [first.cert, second.cert]);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

const until = async (condition: () => Promise<boolean>) => {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to pass');
};

const status = (url: string, agent: Agent) =>
  new Promise<{ status: number; hsts: string | undefined }>((resolve, reject) => {
    get(`${url}/livez`, { agent }, (response) => {
      response
        .resume()
        .once('end', () =>
          resolve({ status: response.statusCode!, hsts: response.headers['strict-transport-security'] }),
        );
    }).once('error', reject);
  });

describe('a gateway with a certificate', () => {
  it('speaks TLS 1.3, and says so to browsers', async () => {
    await using gateway = await Gateway.boot({ ...REMOTE, ...(await writeCertificate(folder, first)) });
    const url = gateway.url.replace('http:', 'https:');
    using agent = Object.assign(new Agent({ ca: first.cert, keepAlive: true }), {
      [Symbol.dispose]: () => agent.destroy(),
    });
    expect(await status(url, agent)).toEqual({ status: 200, hsts: expect.stringMatching(/^max-age=\d{8}/) });
    const socket = await dial(url, [first.cert]);
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
    for (const version of ['TLSv1.2', 'TLSv1.1'] as const) {
      await expect(dial(url, [first.cert], version)).rejects.toThrow();
    }
    await expect(fetch(`${url.replace('https:', 'http:')}/livez`)).rejects.toThrow();
  });

  it('speaks TLS 1.2 where it is told to', async () => {
    await using gateway = await Gateway.boot({
      ...REMOTE,
      ...(await writeCertificate(folder, first)),
      TLS_MIN_VERSION: 'TLSv1.2',
    });
    const socket = await dial(gateway.url, [first.cert], 'TLSv1.2');
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
  });

  it('serves a renewed one to new connections, and keeps the open ones', async () => {
    const paths = await writeCertificate(folder, first);
    await using gateway = await Gateway.boot({ ...REMOTE, ...paths });
    const url = gateway.url.replace('http:', 'https:');
    using agent = Object.assign(new Agent({ ca: first.cert, keepAlive: true, maxSockets: 1 }), {
      [Symbol.dispose]: () => agent.destroy(),
    });
    expect((await status(url, agent)).status).toBe(200);
    // Half a renewal: the new certificate with the old key, for longer than one look.
    await writeFile(paths.TLS_CERT_PATH, second.cert);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await nameServed(url)).toBe('first');
    await writeFile(paths.TLS_KEY_PATH, second.key);
    await until(async () => (await nameServed(url)) === 'second');
    // The old connection: a new one would not trust the new certificate.
    expect((await status(url, agent)).status).toBe(200);
    for (const broken of ['', second.cert.slice(0, 300), 'no certificate at all']) {
      await writeFile(paths.TLS_CERT_PATH, broken);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect(await nameServed(url)).toBe('second');
    }
    await rm(paths.TLS_CERT_PATH);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await nameServed(url)).toBe('second');
    await writeCertificate(folder, first);
    await until(async () => (await nameServed(url)) === 'first');
  });

  it('says https when it is ready, and one line for a pair that does not fit', async () => {
    const paths = await writeCertificate(folder, first);
    await using gateway = await GatewayProcess.start({ ...REMOTE, ...paths, LOG_LEVEL: 'info' });
    expect(gateway.url).toMatch(/^https:/);
    await writeFile(paths.TLS_KEY_PATH, second.key);
    await until(() => Promise.resolve(gateway.log.includes('the old TLS certificate stays')));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(gateway.log.match(/the old TLS certificate stays/g)).toHaveLength(1);
    expect(gateway.log).not.toContain('PRIVATE KEY');
  });
});

describe('a pair of files that cannot be served stops the start', () => {
  const start = (settings: Record<string, string>) => () => parseConfig({ ...REMOTE, ...settings });

  it.each<[string, (paths: { TLS_CERT_PATH: string; TLS_KEY_PATH: string }) => Promise<unknown>, RegExp]>([
    ['no certificate there', ({ TLS_CERT_PATH }) => rm(TLS_CERT_PATH), /TLS_CERT_PATH=\S+ cannot be read: ENOENT/],
    ['no key there', ({ TLS_KEY_PATH }) => rm(TLS_KEY_PATH), /TLS_KEY_PATH=\S+ cannot be read: ENOENT/],
    ['the key of another', ({ TLS_KEY_PATH }) => writeFile(TLS_KEY_PATH, second.key), /is not the key of/],
    ['no certificate in it', ({ TLS_CERT_PATH }) => writeFile(TLS_CERT_PATH, 'x'), /holds no certificate/],
    ['no key in it', ({ TLS_KEY_PATH }) => writeFile(TLS_KEY_PATH, first.cert), /holds no private key/],
    ['an empty key', ({ TLS_KEY_PATH }) => writeFile(TLS_KEY_PATH, ''), /holds no private key/],
  ])('%s', async (_what, spoil, fault) => {
    const paths = await writeCertificate(folder, first);
    await spoil(paths);
    expect(start(paths)).toThrow(fault);
    expect(start({ ...paths, TLS_ENABLED: 'false' })).not.toThrow();
  });

  it('but one that is out of date is only warned of', async () => {
    const days = { from: new Date('2020-01-01'), to: new Date('2021-01-01') };
    const paths = await writeCertificate(folder, await aCertificate('old', days));
    expect(start(paths)).not.toThrow();
    const pair = readKeyPairFiles(paths.TLS_CERT_PATH, paths.TLS_KEY_PATH);
    expect(validityWarning(pair)).toMatch(/expired at 2021-01-01/);
    expect(validityWarning(pair, new Date('2019-06-01'))).toMatch(/not valid before 2020-01-01/);
    expect(validityWarning(pair, new Date('2020-06-01'))).toBeUndefined();
  });
});
