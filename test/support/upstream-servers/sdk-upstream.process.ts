import { SdkUpstream, type UpstreamEra } from './sdk-upstream.js';

// A fixture upstream as a process of its own: `node sdk-upstream.process.js <era> [port]`. Says its address and its id.
const [era = 'dual', port = '0'] = process.argv.slice(2);
const upstream = await SdkUpstream.start(era as UpstreamEra, { port: Number(port) });
process.stdout.write(`${JSON.stringify({ url: upstream.url, pid: process.pid })}\n`);
process.once('SIGTERM', () => void upstream[Symbol.asyncDispose]().then(() => process.exit(0)));
