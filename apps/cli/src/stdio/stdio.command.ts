import type { Readable } from 'node:stream';
import type { Output } from '../terminal.js';
import { Bridge } from './bridge.js';
import { linesIn } from './lines.js';
import { textOfBody, exchange } from './mcp-http.js';
import { startGateway } from './own-gateway.js';

/** The process that a client talks to: its streams, its variables, and when it is asked to end. */
export interface StdioContext {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ended: AbortSignal;
  /** Where a gateway is looked for when no address is given. */
  readonly usual: URL;
}

export interface StdioOptions {
  /** Undefined: the one at the usual address, or one of its own where none is. */
  readonly url?: URL;
  readonly token?: string;
}

const LOOK_MS = 2_000;
/** For answers that are under way when the client closes its end. */
const PATIENCE_MS = 5_000;

/** Carries messages between a client on stdin and stdout and a gateway, until the client ends. @returns the exit code */
export async function stdioCommand({ url, token }: StdioOptions, context: StdioContext): Promise<number> {
  const { stdin, stdout, stderr, environment, ended, usual } = context;
  const tell = (sentence: string) => stderr.write(`achilles: ${sentence}\n`);
  const own = url || (await isGateway(usual)) ? undefined : await startGateway(environment, stderr);
  const gateway = url ?? own?.url ?? usual;
  tell(own ? `started a gateway of its own at ${gateway.origin}` : `bridging to ${gateway.origin}`);
  const address = { url: new URL('mcp', withSlash(gateway)), token };
  const bridge = new Bridge(address, { send: (line) => void stdout.write(`${line}\n`), tell });
  ended.addEventListener('abort', () => stdin.destroy());
  try {
    for await (const line of linesIn(stdin)) if (line.trim()) await bridge.take(line);
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    await bridge.close(ended.aborted ? 0 : PATIENCE_MS);
    await own?.stop();
  }
  return 0;
}

/** A gateway under a path stays under it. */
const withSlash = (url: URL): URL => new URL(url.pathname.endsWith('/') ? url : `${url.href}/`);

/** Whether that is one of ours: whatever else listens there must not be given a token. */
async function isGateway(url: URL): Promise<boolean> {
  try {
    const response = await exchange({ url: new URL('health', url) }, 'GET', {}, AbortSignal.timeout(LOOK_MS));
    return (await textOfBody(response)).includes('"achilles-gateway"');
  } catch {
    return false;
  }
}
