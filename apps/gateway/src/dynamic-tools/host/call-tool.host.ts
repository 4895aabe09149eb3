import { AppError } from '#errors/app-error.js';
import { isInputRequired, isObject, type JsonObject, type ToolCall, type ToolResult } from '#gateway/tools/tool.js';
import type { HostFunction } from '#sandbox/sandbox.js';
import { HostBudget } from './host-budget.js';
import { HostFault } from './host-fault.js';
import { hostFunction } from './host-function.js';

/** Of one call of the tool; each of them may make as many, as deep as the pipeline lets it. */
const MOST_CALLS = 20;
const MOST_AT_ONCE = 4;
/** Characters of what another tool says went wrong. */
const LONGEST_FAULT = 4_000;
/** Whoever approves or grants something has seen it: no code does it in a person's name. */
const FOR_PEOPLE = 'dynamic.tool.';

/**
 * `callTool(name, arguments?)` → what the tool answers: its data where it has some, else its text. It is called for the
 * same caller, with what that caller may see and do, whatever was granted.
 */
export function callToolHost(granted: readonly string[], call: ToolCall): HostFunction {
  const budget = new HostBudget('callTool', MOST_CALLS, MOST_AT_ONCE);
  return hostFunction('callTool', call, async ([name, args], signal) => {
    if (typeof name !== 'string') throw new HostFault('callTool: the first argument must be the name of a tool');
    if (!granted.includes(name)) {
      throw new HostFault(
        `callTool: this tool was granted ${granted.join(', ')}, not ${JSON.stringify(name.slice(0, 64))}`,
      );
    }
    if (name.startsWith(FOR_PEOPLE)) throw new HostFault('callTool: code cannot make or change dynamic tools');
    const given = args ?? {};
    if (!isObject(given)) throw new HostFault('callTool: the second argument must be an object');
    return budget.spend(signal, () => resultOf(call, name, given, signal));
  });
}

async function resultOf(call: ToolCall, name: string, args: JsonObject, signal: AbortSignal): Promise<unknown> {
  let answer;
  try {
    answer = await call.callTool(name, args, signal);
  } catch (error) {
    if (error instanceof AppError) throw new HostFault(`callTool: ${error.message}`);
    throw error;
  }
  if (isInputRequired(answer)) {
    throw new HostFault(
      `callTool: ${name} needs something of the client first, which a tool inside a tool cannot ask for`,
    );
  }
  if (answer.isError) throw new HostFault(`callTool: ${name}: ${textOf(answer).slice(0, LONGEST_FAULT)}`);
  return answer.structuredContent === undefined ? textOf(answer) : answer.structuredContent;
}

const textOf = ({ content }: ToolResult): string =>
  content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n');
