import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { SessionOut, Sessions } from '#core/sessions/sessions.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { array, boolean, maybe, object, record, type Static, string } from '#schema/schema.js';

const Input = object({
  external_session_key: string({
    minLength: 1,
    maxLength: 200,
    description: 'Your own key for this piece of work; the same key in the same workspace is the same session.',
  }),
  workspace_id: maybe(string({ minLength: 1, maxLength: 200, description: 'Default: "default".' })),
  user_id: maybe(string({ minLength: 1, maxLength: 200, description: 'For whom. Default: who is calling.' })),
  start_time: maybe(string({ format: 'date-time', description: 'Default: now.' })),
  project_id: maybe(string({ format: 'uuid', description: 'As resolve_project answered it.' })),
  tags: maybe(array(string({ minLength: 1, maxLength: 64 }), { maxItems: 50 })),
  config_snapshot: maybe(record(undefined, { description: 'How the agent is set up: model, settings.' })),
});

const Output = object({ session: SessionOut, created: boolean() });

/** `start_session`: POST /sessions, with as little said as possible. */
@Injectable()
export class StartSessionTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly sessions: Sessions) {
    super({
      name: 'start_session',
      title: 'Start a session',
      description:
        'Starts a session: the record of one piece of your work. Call it once at the beginning. Then report with ' +
        'record_signals, end it with complete_session, and learn from it with read_insights.',
      input: Input,
      output: Output,
      scope: 'sessions:write',
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, given: Static<typeof Input>) {
    const data = await this.sessions.create(caller, {
      workspace_id: caller.workspaceId ?? 'default',
      user_id: caller.subject.slice(0, 200),
      start_time: new Date().toISOString(),
      ...given,
    });
    const { id, status } = data.session;
    const what = data.created
      ? 'Started session'
      : status === 'active'
        ? 'Continuing session'
        : `Already ${status}: session`;
    const next =
      status === 'active'
        ? `Report what you do with record_signals (session_id ${id}). When done, call complete_session, then read_insights.`
        : 'It takes no more signals: use another external_session_key for new work, or read_insights of this one.';
    return { data, text: `${what} ${id}. ${next}` };
  }
}
