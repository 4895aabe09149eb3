import { posix } from 'node:path';
import type { EventType } from '#core/signals/event.js';
import type { RecordedEvent } from '../import/recorded-session.js';
import { classifyCommand } from './classify-command.js';
import { type Json, listOf, numberOf, objectOf, textOf } from './untrusted-json.js';

type Content = Omit<RecordedEvent, 'client_timestamp'>;

const YEAR_10000 = Date.UTC(10_000, 0);
const FILE_EDITORS = new Set(['Edit', 'MultiEdit', 'NotebookEdit']);
// What Claude Code itself writes in the user's name.
const NOT_TYPED = /^\s*<(local-command-(stdout|stderr|caveat)|bash-(stdout|stderr)|system-reminder)>/;

/**
 * Turns the entries of one Claude Code session into events, in the order of the file. It remembers what later entries
 * refer to: the step of a call, the last known time, and the entries seen, which a resumed transcript repeats.
 */
export class ClaudeCodeEvents {
  #step = 0;
  #messageId: string | undefined;
  #lastMs: number | undefined;
  readonly #callSteps = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(private readonly projectRoot: string | undefined) {}

  /** The events of an entry; none for one that carries nothing. */
  of(entry: Json): RecordedEvent[] {
    const uuid = textOf(entry['uuid']);
    if (uuid !== undefined && this.#seen.has(uuid)) return [];
    const startMs = timeOf(entry) ?? this.#lastMs;
    const message = objectOf(entry['message']);
    if (startMs === undefined || !message || entry['isMeta'] === true || entry['isCompactSummary'] === true) return [];
    const contents = this.#contentsOf(entry, message);
    if (uuid !== undefined) this.#seen.add(uuid);
    this.#lastMs = startMs;
    // Blocks of one entry share its time; a millisecond each keeps their order.
    return contents.map((content, index) => ({
      ...content,
      source_name: 'claude-code',
      project_root: this.projectRoot,
      client_timestamp: new Date(startMs + index).toISOString(),
    }));
  }

  #contentsOf(entry: Json, message: Json): Content[] {
    const content = message['content'];
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
    switch (entry['type']) {
      case 'assistant':
        this.#beginStep(textOf(message['id']));
        return blocks.flatMap((block) => this.#ofAssistant(entry, message, objectOf(block) ?? {}));
      case 'user':
        return blocks.flatMap((block) => this.#ofUser(entry, objectOf(block) ?? {}));
      default:
        return [];
    }
  }

  /** Claude Code writes one entry per block of a message: the message's id tells when the next one begins. */
  #beginStep(messageId: string | undefined): void {
    if (messageId === undefined || messageId !== this.#messageId) this.#step++;
    this.#messageId = messageId;
  }

  #ofAssistant(entry: Json, message: Json, block: Json): Content[] {
    const agent = byAgent(entry, textOf(message['model']));
    const is_error = entry['isApiErrorMessage'] === true ? true : undefined;
    const said = (text: string | undefined, more: object): Content[] =>
      text === undefined
        ? []
        : [{ ...agent, event_type: 'agent_message', raw_message: text, payload: { step: this.#step, ...more } }];
    switch (block['type']) {
      case 'text':
        return said(textOf(block['text']), { is_error });
      case 'thinking':
        return said(textOf(block['thinking']), { kind: 'thinking' });
      case 'tool_use':
        return [{ ...agent, ...this.#action(entry, block) }];
      default:
        return [];
    }
  }

  #action(entry: Json, block: Json): Pick<Content, 'event_type' | 'file_path' | 'payload'> {
    const tool = textOf(block['name']) ?? 'unknown';
    const input = objectOf(block['input']) ?? {};
    const call_id = textOf(block['id']);
    if (call_id !== undefined) this.#callSteps.set(call_id, this.#step);
    const call = { tool, call_id, step: this.#step };
    const command = textOf(input['command']);
    if (tool === 'Bash' && command !== undefined) {
      const { eventType, file } = classifyCommand(command);
      return {
        event_type: eventType,
        file_path: file && absolute(file, textOf(entry['cwd'])),
        payload: { ...call, command },
      };
    }
    const file_path = textOf(input['file_path']) ?? textOf(input['notebook_path']);
    return { event_type: toolEventType(tool), file_path, payload: { ...call, arguments: input } };
  }

  #ofUser(entry: Json, block: Json): Content[] {
    if (block['type'] === 'tool_result') return [this.#result(entry, block)];
    const text = block['type'] === 'image' ? '[image]' : textOf(block['text']);
    if (text === undefined || NOT_TYPED.test(text)) return [];
    // In a sub-agent's conversation the "user" is the agent that started it.
    const author = entry['isSidechain'] === true ? byAgent({}, undefined) : BY_HUMAN;
    const event_type = author === BY_HUMAN ? 'human_action' : 'agent_message';
    return [{ ...author, event_type, raw_message: text, payload: { step: this.#step } }];
  }

  #result(entry: Json, block: Json): Content {
    const call_id = textOf(block['tool_use_id']);
    const step = (call_id !== undefined ? this.#callSteps.get(call_id) : undefined) ?? this.#step;
    if (call_id !== undefined) this.#callSteps.delete(call_id);
    const recorded = objectOf(entry['toolUseResult']) ?? {};
    return {
      ...byAgent(entry, undefined),
      event_type: 'tool_result',
      payload: {
        call_id,
        step,
        output: outputOf(block['content']),
        is_error: typeof block['is_error'] === 'boolean' ? block['is_error'] : undefined,
        duration_ms: numberOf(recorded['durationMs']) ?? numberOf(recorded['totalDurationMs']),
        exit_code: numberOf(recorded['exitCode']) ?? numberOf(recorded['exit_code']),
      },
    };
  }
}

const BY_HUMAN = { source_type: 'human', attribution_source: 'human' } as const;

const byAgent = (entry: Json, model: string | undefined) =>
  ({
    source_type: 'agent',
    attribution_source: 'agent',
    agent_metadata: {
      agent_id: entry['isSidechain'] === true ? 'claude-code:sidechain' : 'claude-code',
      provider: 'anthropic',
      model: model === '<synthetic>' ? undefined : model?.slice(0, 200),
    },
  }) as const;

function toolEventType(tool: string): EventType {
  if (FILE_EDITORS.has(tool)) return 'file_edit';
  return tool === 'Write' ? 'file_create' : 'tool_call';
}

/** A Windows directory is no base here: the name stays as it is, rather than depend on where the import runs. */
const absolute = (file: string, directory: string | undefined) =>
  directory?.startsWith('/') ? posix.resolve(directory, file) : file;

/** When an entry was written, if it says so. */
export function timeOf(entry: Json): number | undefined {
  const ms = Date.parse(textOf(entry['timestamp']) ?? '');
  return ms > 0 && ms < YEAR_10000 ? ms : undefined;
}

function outputOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => textOf(objectOf(part)?.['text']) ?? `[${textOf(objectOf(part)?.['type']) ?? 'unknown'}]`)
    .join('\n');
}
