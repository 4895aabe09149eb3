import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { boolean, maybe, object, type Static, string } from '#schema/schema.js';

const Input = object({
  message: string({ maxLength: 10_000 }),
  uppercase: maybe(boolean({ description: 'Default: false.' })),
});

/** `dev.echo`: for trying out a connection. */
@Injectable()
export class EchoMessageTool extends BuiltinTool<Static<typeof Input>> {
  constructor() {
    super({
      name: 'dev.echo',
      title: 'Echo',
      description: 'Answers with the message that it was sent, in capitals if you want: to try out a connection.',
      input: Input,
      output: object({ message: string() }),
      scope: 'tools:call',
      readOnly: true,
      idempotent: true,
    });
  }

  protected answer(_caller: Caller, { message: sent, uppercase = false }: Static<typeof Input>) {
    const message = uppercase ? sent.toUpperCase() : sent;
    return Promise.resolve({ data: { message }, text: message });
  }
}
