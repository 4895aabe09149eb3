import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Ajv, ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import { argumentFault } from '#gateway/tools/argument-fault.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { Fuel, OutOfFuel } from './fuel.js';
import type { LinearPatterns } from './linear-patterns.js';
import { readySchema, Refused } from './ready-schema.js';

/** @returns the arguments with defaults filled in. @throws InvalidArguments */
export type ArgumentCheck = (given: JsonObject) => JsonObject;

const MOST_KEPT = 500;
/** A compiler keeps something of everything that it has compiled. */
const COMPILED_BY_ONE = 200;

/** What compiles; loaded by the first tool that says anything of its arguments. */
interface Compilers {
  readonly patterns: LinearPatterns;
  readonly make: () => Ajv;
}

/**
 * Holds arguments against schemas that tenants have written. Neither a schema nor what is sent to it, nor both together,
 * keep the thread for long: what is more than a fixed amount of work is refused.
 */
@Injectable()
export class ArgumentSchemas {
  private readonly fuel = new Fuel();
  private readonly checks = new LRUCache<string, ArgumentCheck>({ max: MOST_KEPT });
  /** Spares what is called all the time the hash of its schema. */
  private readonly keys = new WeakMap<JsonObject, string>();
  private compilers: Compilers | undefined;
  private loading: Promise<void> | undefined;
  private ajv: Ajv | undefined;
  private compiled = 0;

  /** Has to be done once before anything else. */
  prepare(): Promise<void> {
    return (this.loading ??= this.load());
  }

  /** What is wrong with a schema, in words that go after its name; undefined when nothing is. Call `prepare` before. */
  faultOf(schema: JsonObject): string | undefined {
    try {
      this.compile(schema);
      return undefined;
    } catch (error) {
      if (error instanceof Refused) return error.message;
      // Whatever a compiler says of such a schema, it is the schema's fault.
      return 'is not a JSON Schema that can be used';
    }
  }

  /** Compiled when it is called first. */
  checkOf(schema: JsonObject): ArgumentCheck {
    let key = this.keys.get(schema);
    if (key === undefined) this.keys.set(schema, (key = hash('sha256', JSON.stringify(schema))));
    let check = this.checks.get(key);
    if (!check) this.checks.set(key, (check = this.checkBy(this.compile(schema))));
    return check;
  }

  private checkBy(isValid: ValidateFunction): ArgumentCheck {
    return (given) => {
      const args = { ...given };
      this.fuel.refill();
      try {
        if (isValid(args)) return args;
      } catch (error) {
        if (!(error instanceof OutOfFuel)) throw error;
        const message = 'are more than can be checked: send fewer values, or shorter ones';
        throw new InvalidArguments([{ field: 'arguments', code: 'too_much', message }]);
      }
      const fault = argumentFault(isValid.errors![0]!, args);
      isValid.errors = null;
      throw new InvalidArguments([fault]);
    };
  }

  /** @throws Refused, and what Ajv throws */
  private compile(given: JsonObject): ValidateFunction {
    const schema = readySchema(given);
    const { patterns, make } = this.compilers!;
    patterns.begin();
    this.fuel.refill();
    if (this.compiled++ % COMPILED_BY_ONE === 0) this.ajv = make();
    const isValid = this.ajv!.compile(schema);
    this.ajv!.removeSchema(schema);
    return isValid;
  }

  private async load(): Promise<void> {
    const [{ Ajv2020 }, { RE2JS }, { LinearPatterns: Patterns }, { keywords }, { formats }] = await Promise.all([
      import('ajv/dist/2020.js'),
      import('re2js'),
      import('./linear-patterns.js'),
      import('./keywords.js'),
      import('./formats.js'),
    ]);
    const { fuel } = this;
    const patterns = new Patterns(RE2JS, fuel);
    const regExp = Object.assign((pattern: string) => patterns.compile(pattern), { code: 'linear' });
    const own = keywords(fuel);
    const make = () => {
      const ajv = new Ajv2020({
        strict: false,
        useDefaults: true,
        inlineRefs: false,
        addUsedSchema: false,
        logger: false,
        formats: formats(fuel),
        code: { regExp, optimize: false },
      });
      for (const definition of own) {
        ajv.removeKeyword(definition.keyword as string);
        ajv.addKeyword(definition);
      }
      return ajv;
    };
    this.compilers = { patterns, make };
  }
}
