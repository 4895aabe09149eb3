import { parentPort } from 'node:worker_threads';
import { cypherFault, warmUpCypher } from './cypher-fault.js';

// Runs in a worker thread: a query that is slow to judge holds up nobody. One query at a time, as messages come.
warmUpCypher();
parentPort!.on('message', (query: string) => parentPort!.postMessage({ fault: cypherFault(query) }));
parentPort!.postMessage('ready');
