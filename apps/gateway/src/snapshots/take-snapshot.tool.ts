import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Sessions } from '#core/sessions/sessions.js';
import { MCPSessionSnapshotResponse, Snapshots } from '#core/snapshots/snapshots.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { SESSION_REFERENCE, sessionIdOf } from '#gateway/builtin-tools/session-reference.js';
import { object, record, type Static, string } from '#schema/schema.js';

const Input = object({
  ...SESSION_REFERENCE,
  snapshot_type: string({
    minLength: 1,
    maxLength: 100,
    description: 'What it is a snapshot of: plan, todo, context.',
  }),
  payload: record(undefined, { description: 'The state itself, any JSON object.' }),
});

/** `take_snapshot`: POST /state/session. */
@Injectable()
export class TakeSnapshotTool extends BuiltinTool<Static<typeof Input>> {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly sessions: Sessions,
  ) {
    super({
      name: 'take_snapshot',
      title: 'Take a snapshot',
      description: 'Keeps the state of a session at this moment: a plan, a list of what is left to do, a summary.',
      input: Input,
      output: MCPSessionSnapshotResponse,
      scope: 'snapshots:write',
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, { snapshot_type, payload, ...reference }: Static<typeof Input>) {
    const session_id = await sessionIdOf(this.sessions, caller, reference);
    const data = await this.snapshots.take(caller, { session_id, snapshot_type, payload });
    const what = data.deduplicated ? 'Unchanged since snapshot' : 'Kept as snapshot';
    return { data, text: `${what} ${data.snapshot_id}.` };
  }
}
