import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

interface Rule {
  readonly name: string;
  /** The files that it holds for. */
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly forbids: RegExp;
  /** What it must find: a rule that finds nothing is a comment. */
  readonly breaches: readonly string[];
  readonly allows: readonly string[];
}

const SOURCES = /^(apps|libs)\/.*(?<!\.spec)\.ts$/;
const SPECS = /\.spec\.ts$|\.contract\.ts$/;

const RULES: readonly Rule[] = [
  {
    name: 'forwardRef hides a cycle',
    files: SOURCES,
    forbids: /\bforwardRef\b/,
    breaches: ['forwardRef(() => A)', '@Inject(forwardRef(() => A))'],
    allows: ['forwardReference()'],
  },
  {
    name: 'an export says what it exports',
    files: SOURCES,
    forbids: /\bexport\s*(?:type\s*)?\*/,
    breaches: ["export * from './a.js'", "export type * from './a.js'", "export* as a from './a.js'"],
    allows: ["export { a } from './a.js'", 'export async function* a() {}', 'export function* a() {}'],
  },
  {
    name: 'the environment is read in one place',
    files: /^(apps|libs)\/.*\.ts$/,
    except: /^(libs\/config\/|apps\/cli\/src\/main\.ts$)/,
    forbids: /\bprocess\s*(?:\.|\?\.|\[['"])\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/,
    breaches: ['process.env', "process['env']", 'process?.env.A', 'const { env } = process'],
    allows: ['process.environment', 'process.exit()', 'child.env'],
  },
  {
    name: 'calls go out through libs/egress, where addresses are checked and answers capped',
    files: /^(apps\/gateway|libs)\/.*(?<!\.spec)\.ts$/,
    // The Docker Engine is where the operator says, and its client brings its own way of asking.
    except: /^libs\/(egress\/|sandbox\/src\/docker\/engine-link\.ts$)/,
    forbids:
      /(?<![\w.#])(?:globalThis\.)?fetch\s*\(|['"]undici(?:\/[^'"]*)?['"]|(?:import\s+(?:\*\s+as\s+)?\w+|\{[^}]*\b(?:request|get|Agent)\b[^}]*\})\s+from\s*['"](?:node:)?https?['"]/,
    breaches: [
      'await fetch(url)',
      'globalThis.fetch (url)',
      'return fetch(\n',
      "import { Pool } from 'undici'",
      "import type { Agent } from 'undici'",
      "await import('undici')",
      "import 'undici/types/pool.js'",
      'require("undici")',
      "import { request } from 'node:https'",
      "import http from 'http'",
      "import * as https from 'node:https'",
    ],
    allows: [
      'this.prefetch(url)',
      'store.fetch(id)',
      'fetchAll()',
      "import { A } from './undici.js'",
      "import type { Server, IncomingMessage } from 'node:http'",
    ],
  },
  {
    name: 'an optional dependency names its token: of a union the compiler tells Nest nothing',
    files: SOURCES,
    forbids: /@Optional\(\)\s*(?!@Inject\()(?:private|readonly|protected|public|\w+\??:)/,
    breaches: ['@Optional() private readonly a: A | undefined', '@Optional() readonly a?: A', '@Optional() a: A'],
    allows: ['@Optional() @Inject(A) private readonly a: A | undefined', 'constructor(@Optional()\n @Inject(A) a?: A)'],
  },
  {
    name: 'no test is left out',
    files: SPECS,
    except: /^test\/architecture\/source-rules\.spec\.ts$/,
    forbids:
      /(?<!\? (?:it|describe) : )\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|failing)\b|(?<![\w.])(?:xit|xtest|xdescribe|fit|fdescribe)\s*[.(]/,
    breaches: [
      "it.only('a'",
      "describe.skip('a'",
      'it.skip.each([',
      'test.concurrent.only(',
      "xit('a'",
      "fdescribe('a'",
      'it.todo(',
    ],
    allows: [
      'const asRoot = isRoot ? it : it.skip',
      '(docker ? describe : describe.skip)(',
      "it('skips .only what is there'",
      'exit(1)',
      'fitEvent(event)',
      'profit(1)',
      'it.each([',
    ],
  },
];

const MOST_LINES = 300;
const MOST_LINES_OF_A_SPEC = 400;

/** Strings stay, comments go: what a comment says breaks no rule. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/.*$/gm, '');

const files = globSync('{apps,libs,test}/**/*.ts');

describe.each(RULES)('$name', ({ files: within, except, forbids, breaches, allows }) => {
  const held = files.filter((file) => within.test(file) && !except?.test(file));

  it('everywhere', () => {
    expect(held.length).toBeGreaterThan(20);
    expect(held.filter((file) => forbids.test(withoutComments(readFileSync(file, 'utf8'))))).toEqual([]);
  });

  it.each(breaches)('and %j would be found', (text) => expect(withoutComments(text)).toMatch(forbids));

  it.each(allows)('but %j is fine', (text) => expect(text).not.toMatch(forbids));
});

it('no file is too long to be read in one sitting', () => {
  const long = files.filter((file) => {
    const most = SPECS.test(file) ? MOST_LINES_OF_A_SPEC : MOST_LINES;
    return readFileSync(file, 'utf8').trimEnd().split('\n').length > most;
  });
  expect(long).toEqual([]);
});
