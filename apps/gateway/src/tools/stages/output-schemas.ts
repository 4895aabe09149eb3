import { Injectable, Logger } from '@nestjs/common';
import type { Ajv, Options, ValidateFunction } from 'ajv';
import { isInputRequired, type Tool, type ToolAnswer, type ToolDefinition } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { InvalidResult } from '../tools.errors.js';

/** Where an `outputSchema` does not say what a value looks like: such a tool's results are not checked. */
type Check = ValidateFunction | undefined;

/** `addUsedSchema`: schemas of several tools may have one `$id`. */
const OPTIONS: Options = { strict: false, validateFormats: false, addUsedSchema: false, logger: false };

/** What many servers still write, whose meaning of some keywords is another than 2020-12's. */
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** Holds structured content against what its tool promises: MCP's clients refuse what does not keep it. */
@Injectable()
export class OutputSchemas {
  private readonly logger = new Logger('Tools');
  private readonly checks = new WeakMap<ToolDefinition, Check>();
  private readonly compilers = new Map<'draft-07' | '2020-12', Promise<Ajv>>();

  constructor(private readonly metrics: ToolStageMetrics) {}

  /** @throws InvalidResult */
  async check(tool: Tool, answer: ToolAnswer): Promise<void> {
    if (isInputRequired(answer) || answer.isError === true) return;
    const { definition } = tool;
    if (!this.checks.has(definition))
      this.checks.set(definition, this.compile(definition, await this.compilerOf(definition)));
    const isValid = this.checks.get(definition);
    if (!isValid || isValid(answer.structuredContent)) return;
    this.metrics.results.inc({ change: 'rejected' });
    throw new InvalidResult(tool.upstream, `it does not keep the output schema of ${definition.name}`);
  }

  private compile({ name, outputSchema }: ToolDefinition, ajv: Ajv): Check {
    try {
      const { $schema, ...schema } = outputSchema!;
      // However a known dialect is spelt.
      return ajv.compile(DRAFT_07.test(String($schema)) ? schema : outputSchema!);
    } catch (error) {
      this.logger.warn(`the output schema of ${name} cannot be used, its results are not checked: ${String(error)}`);
      return undefined;
    }
  }

  /** Loaded by the first tool that promises something in its dialect. */
  private compilerOf({ outputSchema }: ToolDefinition): Promise<Ajv> {
    const dialect = DRAFT_07.test(String(outputSchema!['$schema'])) ? 'draft-07' : '2020-12';
    let compiler = this.compilers.get(dialect);
    if (!compiler) {
      compiler =
        dialect === 'draft-07'
          ? import('ajv').then(({ Ajv: Compiler }) => new Compiler(OPTIONS))
          : import('ajv/dist/2020.js').then(({ Ajv2020: Compiler }) => new Compiler(OPTIONS));
      this.compilers.set(dialect, compiler);
    }
    return compiler;
  }
}
