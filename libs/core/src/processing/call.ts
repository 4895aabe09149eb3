import { hash } from 'node:crypto';
import type { RecordedEvent } from './analysis.js';
import { namedFiles } from './files.js';
import { objectIn, ownCopy, textIn } from './payload.js';
import { parseShell, type ShellCommand, type ShellNature } from './shell-command.js';

/** What an action did, as far as judging it needs to know. `other`: a tool that we know nothing about. */
export type Nature = ShellNature | 'remove' | 'other';

export interface Call {
  readonly nature: Nature;
  readonly tool: string | null;
  /** As a person would name it: the command's first line, or the tool and its file. */
  readonly label: string;
  /** The same for a call that is tried again, even if the text of an edit differs. */
  readonly signature: string;
  /** The same only for a call that is repeated to the byte. */
  readonly digest: string;
  /** What a run checks, without the trimmings around it; null for what is not a run. */
  readonly check: string | null;
  /** A test, build or lint: its passing settles the matter, as a script's clean end does not. */
  readonly settles: boolean;
  readonly files: readonly string[];
  readonly verb: string;
  readonly hidesExit: boolean;
}

const MAX_LABEL = 120;
const SHELL_TOOL =
  /^(?:bash|shell|sh|terminal|execute_?bash|run_?(?:in_)?(?:terminal|command|cmd|shell).*|exec|execute_?command)$/;
const JUDGING = new Set<string>(['test_run', 'build_run', 'lint_run', 'ci_status']);
const TEST_RUNNER =
  /\b(?:pytest|unittest|nosetests|tox|jest|vitest|mocha|rspec|phpunit|ctest|runtests?)\b|\b(?:go|cargo|npm|pnpm|yarn|bun|deno|dotnet|mvn|gradle|make|mix|swift) (?:run )?(?:test|check|verify)/;
const FILE_ARGUMENTS = ['file_path', 'path', 'filePath', 'filename', 'file', 'target_file', 'notebook_path'];

/** Reads an action event by the payload conventions of importers and IDEs. */
export function describeCall(event: RecordedEvent): Call {
  const args = objectIn(event.payload, 'arguments');
  const tool = textIn(event.payload, 'tool');
  const plainTool = plainName(tool ?? '');
  const isShell = tool === null || SHELL_TOOL.test(plainTool);
  const command =
    textIn(event.payload, 'command') ?? (isShell ? (textIn(args, 'command') ?? textIn(args, 'cmd')) : null);
  const shell = command === null ? null : parseShell(command);
  const files = filesOf(event, args, shell);
  // Some importers name the program as the tool: then the command says more.
  const tooled = isShell || shell?.verb === plainTool ? '' : plainTool;
  const nature = natureOf(event, tooled, files.length > 0, shell, textIn(args, 'command'));
  const line =
    command?.trimStart().split('\n', 1)[0] ??
    [tool ?? textIn(event.payload, 'name') ?? event.eventType, ...files].join(' ');
  const label = ownCopy(line, MAX_LABEL);
  const digest = digestOf(`${tool}\n${command}\n${args === null ? '' : JSON.stringify(args)}\n${event.filePath}`);
  const rewrites = nature === 'edit' || nature === 'create';
  const oneLine = command !== null && !command.trim().includes('\n');
  return {
    nature,
    tool: tool === null ? null : ownCopy(tool, MAX_LABEL),
    label,
    signature: rewrites ? `${plainTool} ${label} ${files[0] ?? ''}` : oneLine ? label : digest,
    digest,
    check: nature === 'run' ? ownCopy(shell?.main || line, MAX_LABEL) : null,
    settles: JUDGING.has(event.eventType) || TEST_RUNNER.test(shell === null ? '' : line),
    files,
    verb: shell?.verb ?? plainTool,
    hidesExit: shell?.hidesExit ?? false,
  };
}

const digestOf = (text: string) => hash('sha1', text, 'base64');

/** `mcp__files__read_file` and `files.read_file` are `read_file`. */
const plainName = (tool: string) => tool.toLowerCase().replace(/^.*(?:__|[./:])/, '');

function filesOf(event: RecordedEvent, args: RecordedEvent['payload'], shell: ShellCommand | null): string[] {
  const named = event.filePath ?? FILE_ARGUMENTS.map((key) => textIn(args, key)).find((path) => path !== null);
  const files = named ? [named] : shell === null ? [] : namedFiles(shell.words.slice(1));
  return files.map((file) => ownCopy(file, 300));
}

function natureOf(
  event: RecordedEvent,
  tool: string,
  hasFile: boolean,
  shell: ShellCommand | null,
  subcommand: string | null,
): Nature {
  switch (event.eventType) {
    case 'file_edit':
      return 'edit';
    case 'file_create':
      return 'create';
    case 'file_delete':
    case 'file_rename':
      return 'remove';
    case 'test_run':
    case 'build_run':
    case 'lint_run':
    case 'ci_status':
      return 'run';
    case 'human_action':
    case 'override':
      return 'other';
    default:
      return tool === '' ? (shell?.nature ?? 'other') : natureOfTool(tool, hasFile, shell, subcommand);
  }
}

function natureOfTool(tool: string, hasFile: boolean, shell: ShellCommand | null, subcommand: string | null): Nature {
  // One editor tool, several subcommands: `str_replace_editor view a.py`.
  const word = /editor|edit_tool/.test(tool) && subcommand !== null ? subcommand : tool;
  if (word.startsWith('submit')) return 'submit';
  if (hasFile && /replace|patch|^(?:edit|multi_?edit|insert|update|modify|notebookedit|undo_edit)/.test(word))
    return 'edit';
  if (hasFile && /^(?:write|create)/.test(word)) return 'create';
  if (hasFile && /^(?:delete|remove|rename|move)/.test(word)) return 'remove';
  if (
    /^(?:read|view|open|cat|ls|list|glob|grep|search|find|fetch|get|show|scroll|goto|web|browse|notebookread)/.test(
      word,
    )
  )
    return 'view';
  return shell?.nature ?? 'other';
}
