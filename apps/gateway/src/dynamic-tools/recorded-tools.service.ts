import { Injectable } from '@nestjs/common';
import { type ChangeOrigin, ChangeRecords } from '#gateway/audit/change-records.service.js';
import type { DynamicToolDraft, DynamicToolPatch, DynamicToolRecord } from './dynamic-tool.schema.js';
import { DynamicTools, type Expected } from './dynamic-tools.service.js';
import { DYNAMIC } from './registry/taken-names.js';

/** What was done to a tool; records have it as `dynamic_tool.<verb>`. */
type ToolVerb =
  | 'create'
  | 'update'
  | 'delete'
  | 'enable'
  | 'disable'
  | 'rollback'
  | 'approve'
  | 'grant'
  | 'revoke'
  | 'publish'
  | 'withdraw';

/**
 * The changes of `DynamicTools`, each of which leaves the same record whichever way it was asked for: who did what to
 * which tool, and the revision that it is at since. It is written when the change is, whoever still waits for the answer.
 */
@Injectable()
export class RecordedTools {
  constructor(
    private readonly tools: DynamicTools,
    private readonly records: ChangeRecords,
  ) {}

  create(origin: ChangeOrigin, draft: DynamicToolDraft): Promise<DynamicToolRecord> {
    return this.recorded(origin, 'create', this.tools.create(origin.caller!, draft), 201);
  }

  update(origin: ChangeOrigin, name: string, patch: DynamicToolPatch, expected: Expected): Promise<DynamicToolRecord> {
    return this.recorded(origin, 'update', this.tools.update(origin.caller!, name, patch, expected));
  }

  async delete(origin: ChangeOrigin, name: string, expected: Expected): Promise<void> {
    const revision = await this.tools.delete(origin.caller!, name, expected);
    this.record(origin, 'delete', { name, revision }, 204);
  }

  enable(origin: ChangeOrigin, name: string, enabled: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const verb = enabled ? 'enable' : 'disable';
    return this.recorded(origin, verb, this.tools.enable(origin.caller!, name, enabled, expected));
  }

  rollback(origin: ChangeOrigin, name: string, version: number, expected: Expected): Promise<DynamicToolRecord> {
    return this.recorded(origin, 'rollback', this.tools.rollback(origin.caller!, name, version, expected));
  }

  approve(origin: ChangeOrigin, name: string, expected: Expected): Promise<DynamicToolRecord> {
    return this.recorded(origin, 'approve', this.tools.approve(origin.caller!, name, expected));
  }

  grant(origin: ChangeOrigin, name: string, granted: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const verb = granted ? 'grant' : 'revoke';
    return this.recorded(origin, verb, this.tools.grant(origin.caller!, name, granted, expected));
  }

  publish(origin: ChangeOrigin, name: string, published: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const verb = published ? 'publish' : 'withdraw';
    return this.recorded(origin, verb, this.tools.publish(origin.caller!, name, published, expected));
  }

  private async recorded(
    origin: ChangeOrigin,
    verb: ToolVerb,
    change: Promise<DynamicToolRecord>,
    status = 200,
  ): Promise<DynamicToolRecord> {
    const tool = await change;
    this.record(origin, verb, tool, status);
    return tool;
  }

  private record(
    origin: ChangeOrigin,
    verb: ToolVerb,
    { name, revision }: Pick<DynamicToolRecord, 'name' | 'revision'>,
    status: number,
  ): void {
    const reason = `revision ${revision}`;
    this.records.write(origin, { event: `dynamic_tool.${verb}`, upstream: DYNAMIC, tool: name, reason, status });
  }
}
