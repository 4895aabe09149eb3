import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { SESSION_STATUSES, SessionOut, Sessions } from '#core/sessions/sessions.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { SESSION_REFERENCE, sessionIdOf } from '#gateway/builtin-tools/session-reference.js';
import { maybe, object, oneOf, type Static, string } from '#schema/schema.js';

const ENDINGS = SESSION_STATUSES.filter((status) => status !== 'active');

const Input = object({
  ...SESSION_REFERENCE,
  status: oneOf(ENDINGS, { default: 'completed', description: 'How it ended.' }),
  end_time: maybe(string({ format: 'date-time', description: 'Default: now.' })),
});

const Output = object({ session: SessionOut });

/** `complete_session`: PATCH /sessions/{id} with a status that ends it. */
@Injectable()
export class CompleteSessionTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly sessions: Sessions) {
    super({
      name: 'complete_session',
      title: 'End a session',
      description:
        'Ends a session and has it analysed. It takes no signals after that. The insights are there some seconds later: ' +
        'read_insights.',
      input: { ...Input, required: [] },
      output: Output,
      scope: 'sessions:write',
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, given: Static<typeof Input>) {
    const session = await this.end(caller, await sessionIdOf(this.sessions, caller, given), given);
    return {
      data: { session },
      text: `Session ${session.id} is ${session.status}. Its insights are being computed; read them with read_insights.`,
    };
  }

  private async end(caller: Caller, id: string, { status, end_time }: Static<typeof Input>): Promise<SessionOut> {
    if (end_time !== undefined) return this.sessions.update(caller, id, { status, end_time });
    const session = await this.sessions.get(caller, id);
    // Said again without a time, it is the same ending.
    if (session.status === status) return session;
    const end = new Date(Math.max(Date.now(), Date.parse(session.start_time)));
    return this.sessions.update(caller, id, { status, end_time: end.toISOString() });
  }
}
