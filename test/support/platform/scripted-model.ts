export interface Prompt {
  readonly prompt: string;
  readonly system_prompt?: string;
  readonly temperature: number;
  readonly max_tokens: number;
  readonly model_preference: string;
}

const tokens = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

/** Answers the same to the same: says back what it was told, as it was told to behave, and stops at `max_tokens`. */
export function complete({ prompt, system_prompt: system = '', max_tokens: most, ...asked }: Prompt): object {
  const text = `${system === '' ? '' : `[${system}] `}You said: ${prompt}`;
  const written = tokens(/upper ?case/i.test(system) ? text.toUpperCase() : text);
  return {
    text: written.slice(0, most).join(''),
    model: asked.model_preference === 'cloud' ? 'scripted-large' : 'scripted-small',
    finish_reason: written.length > most ? 'length' : 'stop',
    usage: { prompt_tokens: tokens(`${system} ${prompt}`).length, completion_tokens: Math.min(written.length, most) },
  };
}
