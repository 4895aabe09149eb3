import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ErrorCluster, ErrorCorrelations } from '#core/error-correlations/error-correlations.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { array, integer, maybe, object, type Static, string } from '#schema/schema.js';

const Input = object({
  session_id: maybe(string({ format: 'uuid', description: 'Of this session alone. Default: of all sessions.' })),
  project_id: maybe(string({ format: 'uuid', description: 'Of the sessions of this project.' })),
  since: maybe(string({ format: 'date-time', description: 'Errors last seen then or later.' })),
  limit: maybe(integer({ minimum: 1, maximum: 200, default: 20 })),
});

const Output = object({ clusters: array(ErrorCluster) });

/** `list_error_clusters`: GET /errors/clusters, or of one session GET /sessions/{id}/errors. */
@Injectable()
export class ListErrorClustersTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly errors: ErrorCorrelations) {
    super({
      name: 'list_error_clusters',
      title: 'List known errors',
      description:
        'Errors that agents ran into before, grouped by what they have in common, last seen first. Look here when ' +
        'something fails: it may be known.',
      input: Input,
      output: Output,
      scope: 'insights:read',
      readOnly: true,
      idempotent: true,
    });
  }

  protected async answer(caller: Caller, { session_id, limit = 20, ...filter }: Static<typeof Input>) {
    const clusters =
      session_id === undefined
        ? await this.errors.clusters(caller, { ...filter, limit })
        : (await this.errors.clustersOf(caller, session_id)).slice(0, limit);
    const lines = clusters.map((one) => `- ${one.occurrence_count} × ${one.error_type}: ${one.normalized_error}`);
    return { data: { clusters }, text: lines.join('\n') || 'No errors are known.' };
  }
}
