import { MisbehavingUpstream } from '../../../test/support/misbehaving-upstream.js';

// A server that does something wrong in each of its tools, in a process of its own. Prints its address.
const upstream = await MisbehavingUpstream.start();
process.stdout.write(`${upstream.url}\n`);
