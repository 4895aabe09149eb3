import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { buildConnector } from 'undici';
import { publicConnector } from './public-connector.js';

const SOCKET = {} as Socket;

/** What is asked of the network when this name is called. */
async function dial(host: string, addresses: readonly string[], failing: readonly string[] = []) {
  const resolved: string[] = [];
  const tried: [string, string | undefined][] = [];
  const connector = publicConnector(
    (name) => {
      resolved.push(name);
      return Promise.resolve(addresses);
    },
    ({ hostname, servername }, callback) => {
      tried.push([hostname, servername]);
      if (failing.includes(hostname)) callback(new Error(`no way to ${hostname}`), null);
      else callback(null, SOCKET);
    },
  );
  const options: buildConnector.Options = { hostname: host, protocol: 'https:', port: '443' };
  const outcome = await new Promise((resolve) => connector(options, (...result) => resolve(result[0] ?? result[1])));
  return { resolved, tried, outcome };
}

describe('publicConnector', () => {
  it('connects to the address that it checked, for the name that was called', async () => {
    const { resolved, tried, outcome } = await dial('example.com', ['8.8.8.8']);
    expect([resolved, tried, outcome]).toEqual([['example.com'], [['8.8.8.8', 'example.com']], SOCKET]);
  });

  it('resolves no address', async () => {
    const { resolved, tried } = await dial('8.8.8.8', []);
    expect([resolved, tried]).toEqual([[], [['8.8.8.8', undefined]]]);
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', 'fd00::1', '::ffff:10.0.0.1', 'fe80::1%eth0'])(
    'opens nothing to %s',
    async (address) => {
      const { tried, outcome } = await dial(address, []);
      expect([tried, (outcome as Error).name]).toEqual([[], 'AddressRefused']);
    },
  );

  it.each([
    ['one that is private', ['10.0.0.1']],
    ['one private among public ones', ['8.8.8.8', '127.0.0.1']],
    ['one that is mapped', ['2606:4700::1', '::ffff:169.254.169.254']],
    ['none', []],
    ['what is no address', ['localhost']],
  ])('opens nothing for a name with %s', async (_case, addresses) => {
    const { tried, outcome } = await dial('example.com', addresses);
    expect([tried, (outcome as Error).message]).toEqual([[], 'the address may not be called: it is not public']);
  });

  it('tries the next address of a name, up to the third', async () => {
    const all = ['2606:4700::1', '8.8.8.8', '1.1.1.1', '9.9.9.9'];
    expect((await dial('example.com', all, ['2606:4700::1'])).tried.map(([address]) => address)).toEqual(
      all.slice(0, 2),
    );
    const { tried, outcome } = await dial('example.com', all, all);
    expect([tried.length, (outcome as Error).message]).toEqual([3, 'no way to 1.1.1.1']);
  });

  it('passes on that a name does not exist', async () => {
    const connector = publicConnector(
      () => Promise.reject(new Error('ENOTFOUND')),
      () => undefined,
    );
    const options: buildConnector.Options = { hostname: 'example.com', protocol: 'http:', port: '' };
    const error = await new Promise((resolve) => connector(options, (...[failed]) => resolve(failed)));
    expect(error).toMatchObject({ message: 'ENOTFOUND' });
  });
});
