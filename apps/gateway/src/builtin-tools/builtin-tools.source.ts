import { Inject, Injectable, type Type } from '@nestjs/common';
import { ListErrorClustersTool } from '#gateway/error-correlations/list-error-clusters.tool.js';
import { ReadInsightsTool } from '#gateway/insights/read-insights.tool.js';
import { ResolveProjectTool } from '#gateway/projects/resolve-project.tool.js';
import { CompleteSessionTool } from '#gateway/sessions/complete-session.tool.js';
import { StartSessionTool } from '#gateway/sessions/start-session.tool.js';
import { RecordSignalsTool } from '#gateway/signals/record-signals.tool.js';
import { TakeSnapshotTool } from '#gateway/snapshots/take-snapshot.tool.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { BUILTIN } from './builtin-tool.js';
import { SessionResources } from './session-resources.js';

/** Injection token of the tools themselves. */
export const BUILTIN_TOOLS = Symbol('BUILTIN_TOOLS');

/** What the gateway itself can do, each in the folder of its noun. */
export const BUILTIN_TOOL_TYPES: readonly Type<Tool>[] = [
  ResolveProjectTool,
  StartSessionTool,
  RecordSignalsTool,
  TakeSnapshotTool,
  CompleteSessionTool,
  ReadInsightsTool,
  ListErrorClustersTool,
];

/** What the gateway itself can do, as tools and resources. */
@Injectable()
export class BuiltinToolSource extends ToolSource {
  readonly name = BUILTIN;

  constructor(
    @Inject(BUILTIN_TOOLS) private readonly offered: readonly Tool[],
    override readonly resources: SessionResources,
  ) {
    super();
  }

  tools(): readonly Tool[] {
    return this.offered;
  }
}
