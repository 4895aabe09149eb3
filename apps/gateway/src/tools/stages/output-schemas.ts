import { Injectable, Logger } from '@nestjs/common';
import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import { isInputRequired, type Tool, type ToolAnswer, type ToolDefinition } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { InvalidResult } from '../tools.errors.js';

/** Where an `outputSchema` does not say what a value looks like: such a tool's results are not checked. */
type Check = ValidateFunction | undefined;

/** Holds structured content against what its tool promises: MCP's clients refuse what does not keep it. */
@Injectable()
export class OutputSchemas {
  private readonly logger = new Logger('Tools');
  private readonly checks = new WeakMap<ToolDefinition, Check>();
  private ajv: Promise<Ajv2020> | undefined;

  constructor(private readonly metrics: ToolStageMetrics) {}

  /** @throws InvalidResult */
  async check(tool: Tool, answer: ToolAnswer): Promise<void> {
    if (isInputRequired(answer) || answer.isError === true) return;
    const { definition } = tool;
    if (!this.checks.has(definition)) this.checks.set(definition, this.compile(definition, await this.compiler()));
    const isValid = this.checks.get(definition);
    if (!isValid || isValid(answer.structuredContent)) return;
    this.metrics.results.inc({ change: 'rejected' });
    throw new InvalidResult(tool.upstream, `it does not keep the output schema of ${definition.name}`);
  }

  private compile({ name, outputSchema }: ToolDefinition, ajv: Ajv2020): Check {
    try {
      return ajv.compile(outputSchema!);
    } catch (error) {
      this.logger.warn(`the output schema of ${name} cannot be used, its results are not checked: ${String(error)}`);
      return undefined;
    }
  }

  /** Loaded by the first tool that promises something. `addUsedSchema`: schemas of several tools may have one `$id`. */
  private compiler(): Promise<Ajv2020> {
    this.ajv ??= import('ajv/dist/2020.js').then(
      ({ Ajv2020: Compiler }) =>
        new Compiler({ strict: false, validateFormats: false, addUsedSchema: false, logger: false }),
    );
    return this.ajv;
  }
}
