import { Inject, Injectable, type Type } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Tool } from '#gateway/tools/tool.js';
import { type PromptProvider, type ResourceProvider, ToolSource } from '#gateway/tools/tool-source.js';
import { ExecCommandsTool } from '../sessions/exec-commands.tool.js';
import { InitializeSandboxTool } from '../sessions/initialize-sandbox.tool.js';
import { ListSandboxesTool } from '../sessions/list-sandboxes.tool.js';
import { RunInSandboxTool } from '../sessions/run-in-sandbox.tool.js';
import { StopSandboxTool } from '../sessions/stop-sandbox.tool.js';
import { ApproveToolTool } from './approve-tool.tool.js';
import { ControlPrompts } from './control-prompts.js';
import { ControlResources } from './control-resources.js';
import { CreateToolTool } from './create-tool.tool.js';
import { DeleteToolTool } from './delete-tool.tool.js';
import { EchoMessageTool } from './echo-message.tool.js';
import { EnableToolTool } from './enable-tool.tool.js';
import { GetToolTool } from './get-tool.tool.js';
import { GrantToolTool } from './grant-tool.tool.js';
import { ListToolsTool } from './list-tools.tool.js';
import { PublishToolTool } from './publish-tool.tool.js';
import { ReadGuardMetricsTool } from './read-guard-metrics.tool.js';
import { ReadHealthTool } from './read-health.tool.js';
import { ReadHistoryTool } from './read-history.tool.js';
import { ReadRuntimeConfigTool } from './read-runtime-config.tool.js';
import { ReadTimeTool } from './read-time.tool.js';
import { RollbackToolTool } from './rollback-tool.tool.js';
import { RunCodeTool } from './run-code.tool.js';
import { UpdateToolTool } from './update-tool.tool.js';

/** Injection tokens of the tools themselves. */
export const CONTROL_TOOLS = Symbol('CONTROL_TOOLS');
export const ENTERPRISE_TOOLS = Symbol('ENTERPRISE_TOOLS');

/** What makes, changes and runs dynamic tools, and what stands beside it, each in a file of its own. */
export const CONTROL_TOOL_TYPES: readonly Type<Tool>[] = [
  CreateToolTool,
  ListToolsTool,
  GetToolTool,
  UpdateToolTool,
  DeleteToolTool,
  EnableToolTool,
  ReadHistoryTool,
  RollbackToolTool,
  ApproveToolTool,
  GrantToolTool,
  PublishToolTool,
  RunCodeTool,
  ReadHealthTool,
  ReadTimeTool,
  EchoMessageTool,
];

/** What the profile `enterprise` has beside them. */
export const ENTERPRISE_TOOL_TYPES: readonly Type<Tool>[] = [
  InitializeSandboxTool,
  ExecCommandsTool,
  RunInSandboxTool,
  StopSandboxTool,
  ListSandboxesTool,
  ReadGuardMetricsTool,
  ReadRuntimeConfigTool,
];

/** The tools, resources and the prompt of the dynamic-tools service itself. */
@Injectable()
export class ControlSource extends ToolSource {
  readonly name = 'dynamic-control';
  override readonly resources?: ResourceProvider;
  override readonly prompts?: PromptProvider;
  private readonly offered: readonly Tool[];

  constructor(
    @Inject(CONTROL_TOOLS) everywhere: readonly Tool[],
    @Inject(ENTERPRISE_TOOLS) more: readonly Tool[],
    resources: ControlResources,
    prompts: ControlPrompts,
    config: ConfigService<Config, true>,
  ) {
    super();
    this.offered = everywhere;
    if (config.get('MCP_PROFILE', { infer: true }) !== 'enterprise') return;
    this.offered = [...everywhere, ...more];
    this.resources = resources;
    this.prompts = prompts;
  }

  tools(): readonly Tool[] {
    return this.offered;
  }
}
