import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { InsightOut, Insights } from '#core/insights/insights.js';
import { Sessions } from '#core/sessions/sessions.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { SESSION_REFERENCE, sessionIdOf } from '#gateway/builtin-tools/session-reference.js';
import { array, boolean, integer, maybe, object, type Static, string } from '#schema/schema.js';

const Input = object({
  ...SESSION_REFERENCE,
  since: maybe(string({ format: 'date-time', description: 'Insights made then or later.' })),
  limit: maybe(integer({ minimum: 1, maximum: 200, default: 20 })),
});

const Output = object({
  session_id: string({ format: 'uuid' }),
  processed: boolean({ description: 'False: the session has not been analysed yet, or not since it last changed.' }),
  insights: array(InsightOut),
});

/** `read_insights`: GET /signals/insights, and whether there is anything to wait for. */
@Injectable()
export class ReadInsightsTool extends BuiltinTool<Static<typeof Input>> {
  constructor(
    private readonly insights: Insights,
    private readonly sessions: Sessions,
  ) {
    super({
      name: 'read_insights',
      title: 'Read insights',
      description:
        'What the analysis of a session found, newest first: retry storms, failure streaks, break-fix loops, being stuck. ' +
        'Read it after complete_session to do better next time.',
      input: Input,
      output: Output,
      scope: 'insights:read',
      readOnly: true,
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, { since, limit = 20, ...reference }: Static<typeof Input>) {
    const session_id = await sessionIdOf(this.sessions, caller, reference);
    const [insights, session] = await Promise.all([
      this.insights.list(caller, { session_id, since, limit }),
      this.sessions.get(caller, session_id),
    ]);
    const processed = session.last_processed_at !== null && !session.requires_processing;
    const lines = insights.map(({ severity, title, message }) => `- [${severity}] ${title}: ${message}`);
    return { data: { session_id, processed, insights }, text: lines.join('\n') || nothing(processed, session.status) };
  }
}

function nothing(processed: boolean, status: string): string {
  if (processed) return 'The analysis found nothing worth telling.';
  return status === 'active'
    ? 'The session has not been analysed: that happens when it ends. Call complete_session first.'
    : 'The session is still being analysed. Ask again in some seconds.';
}
