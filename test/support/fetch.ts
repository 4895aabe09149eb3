import { installClients, installPython } from './clients.js';
import { referenceServer } from './reference-servers.js';

// Fetches what suites would fetch when they come to it, so that it can come while something else computes.
await Promise.all([installClients(), installPython(), referenceServer('everything')]);
