import type { EventType } from '#core/signals/event.js';
import { classifyCommand } from './classify-command.js';
import { simpleCommands } from './shell-words.js';

/** What an action of SWE-agent is: which tool it uses and on which file. */
export interface SweAgentAction {
  readonly tool: string;
  readonly eventType: EventType;
  /** Relative to the working directory. */
  readonly file?: string;
}

// Commands that SWE-agent adds to the shell, over its versions and benchmarks.
const EDITORS = new Set(['edit', 'insert', 'append']);
const VIEWERS = new Set(['open', 'view', 'filemap', 'view_image']);
const OTHER_TOOLS = new Set(
  'submit goto scroll_up scroll_down search_dir search_file find_file undo_edit decompile disassemble check_flag'.split(
    ' ',
  ),
);
const TOOL_FAMILIES = /^(connect|debug|exit)_\w+$/;

/** Tells SWE-agent's own commands from shell commands. An edit goes to the file that is open. */
export function sweAgentAction(action: string, openFile: string | undefined): SweAgentAction {
  const [firstLine = ''] = action.trimStart().split('\n', 1);
  const [tool = '', ...operands] = simpleCommands(firstLine)[0] ?? [];
  const [file] = operands;
  if (tool === 'create') return { tool, eventType: 'file_create', file };
  if (tool === 'str_replace_editor') return replaceEditorAction(tool, operands);
  if (EDITORS.has(tool)) return { tool, eventType: 'file_edit', file: openFile };
  if (VIEWERS.has(tool)) return { tool, eventType: 'tool_call', file };
  if (OTHER_TOOLS.has(tool) || TOOL_FAMILIES.test(tool)) return { tool, eventType: 'tool_call' };
  return { tool: 'bash', ...classifyCommand(action) };
}

/** The editor of SWE-agent 1.x: `str_replace_editor create|view|str_replace|insert|undo_edit <path> …`. */
function replaceEditorAction(tool: string, [verb, file]: readonly string[]): SweAgentAction {
  switch (verb) {
    case 'create':
      return { tool, eventType: 'file_create', file };
    case 'view':
      return { tool, eventType: 'tool_call', file };
    default:
      return { tool, eventType: 'file_edit', file };
  }
}
