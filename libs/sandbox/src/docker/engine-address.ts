import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DockerOptions as ClientOptions } from 'dockerode';

/**
 * Where the engine is, as the client takes it. Every member is given, be it undefined: the client would fill in what is
 * missing from the environment.
 */
export async function engineAddress(host: string, certPath: string | undefined): Promise<ClientOptions> {
  const nothing = { host: undefined, port: undefined, protocol: undefined, ca: undefined, cert: undefined };
  const common = { ...nothing, key: undefined, socketPath: undefined, timeout: undefined, pathPrefix: '/' };
  if (host.startsWith('unix://')) return { ...common, socketPath: host.slice('unix://'.length), protocol: 'http' };
  const { protocol, hostname, port } = new URL(host.replace(/^tcp:/, certPath ? 'https:' : 'http:'));
  const secure = protocol === 'https:';
  const address = {
    ...common,
    host: hostname,
    port: port || (secure ? 2_376 : 2_375),
    protocol: secure ? ('https' as const) : ('http' as const),
  };
  if (!certPath) return address;
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readFile(join(certPath, file), 'utf8')),
  );
  return { ...address, ca, cert, key };
}
