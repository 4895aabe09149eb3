import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { PromptAnswer, PromptDefinition, PromptProvider, SourceRequest } from '#gateway/tools/tool-source.js';
import { InvalidArguments, PromptNotFound } from '#gateway/tools/tools.errors.js';

const NAME = 'tool-call-checklist';

const CHECKLIST: PromptDefinition = {
  name: NAME,
  title: 'Checklist for a tool call',
  description: 'What to look at before a tool is called, and after.',
  arguments: [{ name: 'toolName', description: 'The tool that is to be called.', required: true }],
};

/** Longer than any tool's name. */
const LONGEST_NAME = 128;

/** The prompt that clients of dynamic-mcp know. */
@Injectable()
export class ControlPrompts implements PromptProvider {
  list({ scopes }: Caller): readonly PromptDefinition[] {
    return scopes.has('tools:call') ? [CHECKLIST] : [];
  }

  /** @throws PromptNotFound, InvalidArguments */
  async get({ caller }: SourceRequest, name: string, args: Readonly<Record<string, string>>): Promise<PromptAnswer> {
    if (name !== NAME || this.list(caller).length === 0) throw new PromptNotFound(name);
    const { toolName, ...others } = args;
    const [other] = Object.keys(others);
    if (other !== undefined)
      throw fault(other.slice(0, LONGEST_NAME), 'unknown_field', 'is not an argument of this prompt');
    if (!toolName) throw fault('toolName', 'required', 'is required');
    if (toolName.length > LONGEST_NAME)
      throw fault('toolName', 'too_long', `is longer than ${LONGEST_NAME} characters`);
    return {
      description: `Checklist for a call of ${toolName}`,
      messages: [{ role: 'user', content: { type: 'text', text: checklistOf(toolName) } }],
    };
  }
}

const fault = (field: string, code: string, message: string) => new InvalidArguments([{ field, code, message }]);

const checklistOf = (tool: string) =>
  [
    `Before you call ${JSON.stringify(tool)}:`,
    '1. Read its description and its input schema in tools/list: is it the right tool, and is there a simpler one?',
    '2. Fill in every required argument with a value that you know, of the type that the schema asks for. Do not guess.',
    '3. Leave out what you do not need. Never put a secret into an argument that does not ask for one.',
    '4. If it changes something: has whoever you work for asked for that? What undoes it?',
    'After the call:',
    '5. With isError, read why. Put the arguments right; when it says to try again later, wait that long first.',
    '6. Look whether the result is what you expected before you go on with it.',
  ].join('\n');
