import { ExpectedFailure } from '../expected-failure.js';
import { objectOf } from '../formats/untrusted-json.js';
import { plainText, type Terminal } from '../terminal.js';
import type { Desk } from './desk.js';
import { engineOf, type EngineOptions } from './given-tool.js';
import { parseJson, readInput } from './read-input.js';
import type { Called, RunOutcome, ToolsClient } from './tools-client.js';
import type { Shape } from './tools.commands.js';
import { asJson, visible } from './visible.js';

export interface RunOptions extends EngineOptions, Shape {
  readonly args?: string;
  readonly codeFile?: string;
}

/**
 * `achilles tools run`: calls a tool, or runs code that no tool holds. The result goes to stdout as JSON, what the code
 * logged and why it failed to stderr. Ends with 1 when it failed.
 */
export async function runCommand(
  client: ToolsClient,
  name: string | undefined,
  { args, codeFile, json, ...engine }: RunOptions,
  { stdout, stderr }: Terminal,
  desk: Desk | undefined,
): Promise<number> {
  if ((name === undefined) === (codeFile === undefined)) {
    throw new ExpectedFailure('Say what to run: a tool, or --code-file.');
  }
  const given = args === undefined ? {} : parseJson('--args', args);
  if (codeFile !== undefined) {
    const code = await readInput(codeFile, desk);
    return tell(await client.run({ code, args: given, ...engineOf(engine) }));
  }
  if (!objectOf(given)) throw new ExpectedFailure('--args of a tool must be an object.');
  if (Object.keys(engineOf(engine)).length > 0) {
    throw new ExpectedFailure(
      `${plainText(name!)} runs as it was made: engine, image, packages and time go with --code-file.`,
    );
  }
  const called = await client.call(name!, given);
  const outcome = outcomeOf(called);
  if (outcome && !json) return tell(outcome);
  stdout.write(json ? asJson(called) : textOf(called));
  return called.isError ? 1 : 0;

  function tell(run: RunOutcome): number {
    if (json) stdout.write(asJson(run));
    else {
      for (const line of run.logs) stderr.write(`${visible(line)}\n`);
      if (run.ok) stdout.write(asJson(run.result));
      else stderr.write(`achilles: ${run.error.kind}: ${visible(run.error.message)}\n`);
    }
    return run.ok ? 0 : 1;
  }
}

/** What a dynamic tool answers, or undefined for what another tool does. */
function outcomeOf({ structuredContent }: Called): RunOutcome | undefined {
  const content = objectOf(structuredContent);
  return typeof content?.['ok'] === 'boolean' && Array.isArray(content['logs']) ? (content as RunOutcome) : undefined;
}

const textOf = ({ content }: Called): string =>
  content.map((part) => `${part.type === 'text' ? visible(part.text ?? '') : `(${plainText(part.type)})`}\n`).join('');
