import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { ValidationFailed } from '#core/core.errors.js';
import type { FieldFault } from '#errors/app-error.js';
import { findHidden } from '#gateway/tools/hygiene/hidden-text.js';
import { headerFault } from '#gateway/tools/hygiene/mcp-headers.js';
import { tooMuch } from '#gateway/tools/hygiene/measure.js';
import { member } from '#gateway/tools/hygiene/json.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { ImageNotAllowed, PackageNotAllowed } from '#sandbox/sandbox.errors.js';
import { NAME_PATTERN } from '../dynamic-tool.schema.js';
import { ArgumentSchemas } from './arguments/argument-schemas.js';
import type { Content, Definition } from './content.js';

const NAME = new RegExp(NAME_PATTERN);
/** Names of what makes tools, and of what runs code that is no tool. */
const RESERVED = /^dynamic\.tool\.|^run_js_ephemeral$/;
const MAX_SCHEMA_BYTES = 64 * 1_024;

/** What a tool may say of itself, beyond what its schema says. */
@Injectable()
export class DraftCheck {
  private readonly images: readonly string[];
  private readonly blocked: ReadonlySet<string>;
  private readonly longestMs: number;
  private readonly mostDependencies: number;

  constructor(
    private readonly schemas: ArgumentSchemas,
    @Inject(ConfigService) config: ConfigService<Config, true>,
  ) {
    this.images = splitList(config.get('MCP_SANDBOX_ALLOWED_IMAGES', { infer: true }));
    this.blocked = new Set(splitList(config.get('MCP_SANDBOX_BLOCKED_PACKAGES', { infer: true })));
    this.longestMs = config.get('MCP_SANDBOX_MAX_TIMEOUT_MS', { infer: true });
    this.mostDependencies = config.get('MCP_SANDBOX_MAX_DEPENDENCIES', { infer: true });
  }

  /** @throws ValidationFailed */
  checkName(name: string): void {
    if (!NAME.test(name))
      throw new ValidationFailed([fault('name', 'must be 3–64 letters, digits and ._:-, a letter first')]);
    if (RESERVED.test(name)) throw new ValidationFailed([fault('name', 'is the name of what makes or runs tools')]);
  }

  /** @throws ValidationFailed naming every fault, ImageNotAllowed, PackageNotAllowed */
  async check({ definition, code }: Content): Promise<void> {
    const faults = [
      ...this.limitFaults(definition),
      ...engineFaults(definition),
      ...textFaults(definition, code),
      ...(definition.inputSchema ? await this.schemaFaults(definition.inputSchema) : []),
    ];
    if (faults.length > 0) throw new ValidationFailed(faults);
    const { image, dependencies } = definition;
    if (image !== undefined && !this.images.includes(image)) throw new ImageNotAllowed(image, this.images);
    for (const { name } of dependencies) {
      if (this.blocked.has(name)) throw new PackageNotAllowed(name, 'the operator has blocked it');
    }
  }

  private limitFaults({ timeoutMs, dependencies }: Definition): FieldFault[] {
    const { longestMs, mostDependencies } = this;
    return [
      ...(timeoutMs > longestMs ? [fault('timeoutMs', `must not be more than ${longestMs}`, 'out_of_range')] : []),
      ...(dependencies.length > mostDependencies
        ? [fault('dependencies', `must not be more than ${mostDependencies}`, 'out_of_range')]
        : []),
    ];
  }

  private async schemaFaults(schema: JsonObject): Promise<FieldFault[]> {
    const why = boundsFault(schema) ?? headerFault(schema);
    if (why !== undefined) return [fault('inputSchema', `must not have ${why}`)];
    if (member(schema, 'type') !== 'object') return [fault('inputSchema', 'must be of type object')];
    await this.schemas.prepare();
    const wrong = this.schemas.faultOf(schema);
    return wrong === undefined ? [] : [fault('inputSchema', wrong)];
  }
}

const fault = (field: string, message: string, code = 'invalid'): FieldFault => ({ field, code, message });

/** Before anything else looks at it. */
const boundsFault = (schema: JsonObject): string | undefined =>
  tooMuch(schema) ??
  (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES ? `more than ${MAX_SCHEMA_BYTES} bytes` : undefined);

function engineFaults({ engine, image, dependencies, hostFunctions }: Definition): FieldFault[] {
  const isDocker = engine === 'docker';
  return [
    ...(!isDocker && image !== undefined ? [fault('image', 'needs engine: docker')] : []),
    ...(!isDocker && dependencies.length > 0 ? [fault('dependencies', 'need engine: docker')] : []),
    ...(isDocker && hostFunctions !== undefined ? [fault('hostFunctions', 'need engine: wasm')] : []),
  ];
}

/** What nobody sees, and what PostgreSQL has no text for. */
function textFaults({ title, description, inputSchema }: Definition, code: string): FieldFault[] {
  const isOdd = code.includes('\0') || !code.isWellFormed();
  const said = Object.entries({ title, description, inputSchema }).flatMap(([field, value]) => {
    if (value === undefined || (typeof value === 'object' && tooMuch(value) !== undefined)) return [];
    const hidden = findHidden(value, JSON.stringify(value));
    return hidden === undefined ? [] : [fault(field, `has ${hidden}`, 'hidden_text')];
  });
  return isOdd ? [...said, fault('code', 'must not contain U+0000 or half a character', 'wrong_format')] : said;
}
