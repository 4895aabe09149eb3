import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const RULES = resolve('.dependency-cruiser.cjs');

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly module: string; readonly couldNotResolve: boolean }[];
  }[];
}

/** Holds the sources under a folder against the rules. */
async function cruise(folder: string): Promise<Report> {
  const program = resolve('node_modules/.bin/depcruise');
  const args = [program, '--config', RULES, '--output-type', 'json', 'apps', 'libs'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Report;
}

describe('our sources', () => {
  let report: Report;
  beforeAll(async () => {
    report = await cruise('.');
  });

  it('keep the boundaries', () => {
    expect(report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`)).toEqual([]);
    expect(report.modules.length).toBeGreaterThan(100);
  });

  it('import nothing of ours that cannot be found: it would escape every rule', () => {
    const lost = report.modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ module, couldNotResolve }) => couldNotResolve && /^[.#]/.test(module))
        .map(({ module }) => `${source}: ${module}`),
    );
    expect(lost).toEqual([]);
  });
});

type Planted = readonly [rule: string, file: string, imports: string];

/** One breach of each rule. */
const BREACHES: readonly Planted[] = [
  ['no-cycles', 'libs/core/src/egg.ts', './hen.js'],
  ['libs-never-import-apps', 'libs/core/src/breach.ts', '#gateway/signals/signals.module.js'],
  ['schema-imports-only-what-is-below', 'libs/schema/src/breach.ts', '#errors/target.js'],
  ['errors-imports-only-what-is-below', 'libs/errors/src/breach.ts', '#core/target.js'],
  ['config-imports-only-what-is-below', 'libs/config/src/breach.ts', '#observability/target.js'],
  ['observability-imports-only-what-is-below', 'libs/observability/src/breach.ts', '#database/target.js'],
  ['audit-imports-only-what-is-below', 'libs/audit/src/breach.ts', '#database/target.js'],
  ['database-imports-only-what-is-below', 'libs/database/src/breach.ts', '#core/target.js'],
  ['redis-imports-only-what-is-below', 'libs/redis/src/breach.ts', '#database/target.js'],
  ['cypher-imports-only-what-is-below', 'libs/cypher/src/breach.ts', '#observability/target.js'],
  ['egress-imports-only-what-is-below', 'libs/egress/src/breach.ts', '#core/target.js'],
  ['resilience-imports-only-what-is-below', 'libs/resilience/src/breach.ts', '#core/target.js'],
  ['core-imports-only-what-is-below', 'libs/core/src/sideways.ts', '../../sandbox/src/target.js'],
  ['sandbox-imports-only-what-is-below', 'libs/sandbox/src/breach.ts', '#core/target.js'],
  ['cli-speaks-http', 'apps/cli/src/breach.ts', '#gateway/signals/signals.module.js'],
  ['cli-speaks-http', 'apps/cli/src/short-cut.ts', '#core/target.js'],
  ['nobody-imports-the-cli', 'apps/gateway/src/breach.ts', '../../cli/src/target.js'],
  ['feature-insides-are-private', 'apps/gateway/src/sessions/breach.ts', '#gateway/signals/insides.js'],
  [
    'builtin-tools-list-the-tools-of-every-feature',
    'apps/gateway/src/builtin-tools/builtin-tools.source.ts',
    '#gateway/signals/insides.js',
  ],
  ['foundations-import-no-feature', 'apps/gateway/src/http/breach.ts', '#gateway/signals/signals.module.js'],
  ['foundations-import-no-feature', 'apps/gateway/src/auth/breach.ts', '#gateway/signals/signals.module.js'],
  ['foundations-import-no-feature', 'apps/gateway/src/seal/breach.ts', '#gateway/signals/signals.module.js'],
  [
    'tokens-of-callers-are-for-their-exchange',
    'apps/gateway/src/upstreams/kinds/breach.ts',
    '#gateway/auth/caller-tokens.js',
  ],
];

/** What no rule is to complain of. */
const ALLOWED: readonly (readonly [file: string, imports: string])[] = [
  // The other half of the cycle, which is told of once.
  ['libs/core/src/hen.ts', './egg.js'],
  ['apps/cli/src/reader.ts', '#audit/target.js'],
  ['libs/core/src/good.ts', '#database/target.js'],
  ['apps/gateway/src/sessions/good.ts', '#gateway/signals/signals.module.js'],
  ['apps/gateway/src/sessions/better.ts', './insides.js'],
  ['apps/gateway/src/signals/good.ts', '#gateway/http/target.js'],
  ['apps/gateway/src/good.ts', '#gateway/signals/insides.js'],
  ['apps/gateway/src/upstreams/credentials/good.ts', '#gateway/auth/caller-tokens.js'],
  ['libs/egress/src/good.ts', '#observability/target.js'],
];

const TARGETS = [
  ...['audit', 'errors', 'observability', 'database', 'core', 'sandbox'].map((lib) => `libs/${lib}/src/target.ts`),
  'apps/cli/src/target.ts',
  'apps/gateway/src/http/target.ts',
  'apps/gateway/src/auth/caller-tokens.ts',
  'apps/gateway/src/signals/signals.module.ts',
  'apps/gateway/src/signals/insides.ts',
  'apps/gateway/src/sessions/insides.ts',
];

describe('each rule', () => {
  let folder: string;
  let found: string[];

  async function plant(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'achilles-boundaries-'));
    for (const file of ['package.json', 'tsconfig.json']) await copyFile(file, join(folder, file));
    for (const file of TARGETS) await plant(file, 'export const target = 1;\n');
    for (const [file, imports] of [...BREACHES.map(([, ...rest]) => rest), ...ALLOWED]) {
      await plant(file, `import { target } from '${imports}';\nexport { target };\n`);
    }
    await plant(
      'apps/cli/src/good.ts',
      "import type { target } from '#core/target.js';\nexport type T = typeof target;\n",
    );
    const { summary } = await cruise(folder);
    found = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(BREACHES)('%s finds the breach in %s', (rule, file) => expect(found).toContain(`${rule}: ${file}`));

  it('has a breach here', () => {
    const { forbidden } = createRequire(RULES)(RULES) as { forbidden: readonly { name: string }[] };
    expect(new Set(BREACHES.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  it('leaves alone what is allowed', () => {
    const files = [...ALLOWED.map(([file]) => file), 'apps/cli/src/good.ts'];
    expect(found.filter((line) => files.some((file) => line.endsWith(`: ${file}`)))).toEqual([]);
  });
});
