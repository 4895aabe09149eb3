#!/usr/bin/env node
// What `npx achilles` starts, on whatever Node the user has (18 or later): goes on with the product's own Node, in the
// user's working directory, so that the paths on the command line mean what they say.
import { fileURLToPath } from 'node:url';
import { handOver, prepare } from '../../../scripts/bootstrap.mjs';

prepare();
const main = fileURLToPath(new URL('../../../dist/apps/cli/src/main.js', import.meta.url));
handOver(['--enable-source-maps', main, ...process.argv.slice(2)]);
