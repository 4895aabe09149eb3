import type { ToolCall } from '#gateway/tools/tool.js';
import type { HostFunctions } from '#sandbox/sandbox.js';
import { HostBudget } from './host-budget.js';
import { HostFault } from './host-fault.js';
import { hostFunction } from './host-function.js';
import { storableJson, storableKey } from './storable-json.js';
import type { ToolValues } from './tool-values.js';

/** Of one call of the tool. */
const MOST_OPERATIONS = 200;
const MOST_AT_ONCE = 4;

type Answer = (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/**
 * What a tool keeps for the tenant that calls it. `kv.get(key)` → the value, null where there is none; `kv.set(key, value)`
 * → null; `kv.delete(key)` → whether there was one; `kv.list(prefix?)` → keys, ordered. Members of a value's objects come
 * back in an order of PostgreSQL's.
 */
export function kvHost(values: ToolValues, tool: string, call: ToolCall): HostFunctions {
  const owner = { tool, tenant: call.caller.tenant };
  const budget = new HostBudget('kv', MOST_OPERATIONS, MOST_AT_ONCE);
  const operation = (name: string, answer: Answer) =>
    hostFunction(name, call, (args, signal) => budget.spend(signal, () => answer(args, signal)));
  return {
    'kv.get': operation('kv.get', async ([key], signal) => values.get(owner, storableKey('kv.get', key), signal)),
    'kv.set': operation('kv.set', async ([key, value], signal) => {
      await values.set(owner, storableKey('kv.set', key), storableJson('kv.set', value), signal);
      return null;
    }),
    'kv.delete': operation('kv.delete', async ([key], signal) =>
      values.delete(owner, storableKey('kv.delete', key), signal),
    ),
    'kv.list': operation('kv.list', async ([prefix], signal) => values.keys(owner, checkedPrefix(prefix), signal)),
  };
}

function checkedPrefix(given: unknown): string {
  if (given === undefined || given === null || given === '') return '';
  if (typeof given !== 'string') throw new HostFault('kv.list: the prefix must be text');
  return storableKey('kv.list', given);
}
