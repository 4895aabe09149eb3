import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const SUITE = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'));

/** One statement that a scenario makes about a server. */
interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly description: string;
  readonly errorMessage?: string;
}

/** What the official suite found. */
export interface Conformance {
  /** Scenarios that the revision requires, in the suite's order. */
  readonly required: readonly string[];
  /** Those of them that ran, and of which no check failed. */
  readonly passed: readonly string[];
  /** `scenario: check: what is wrong`, of the required ones. */
  readonly failures: readonly string[];
  /** The same of what a server should do, but need not. */
  readonly warnings: readonly string[];
  /** Scenarios that run without being required, and fail. */
  readonly unscored: readonly string[];
}

/** Runs the official suite against a server, in a process of its own. @param revision as `2026-07-28` */
export async function runConformance(url: string, revision: string): Promise<Conformance> {
  const sets = parse(await readFile(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8')) as { server: string[] };
  const folder = await mkdtemp(join(tmpdir(), 'achilles-conformance-'));
  try {
    const args = ['server', '--url', url, '--requirements', revision, '--output-dir', folder];
    // It ends with 1 where a scenario fails: which ones stands in the files.
    await promisify(execFile)(process.execPath, [join(SUITE, 'dist', 'index.js'), ...args], {
      maxBuffer: 1 << 27,
      timeout: 300_000,
      env: { PATH: process.env['PATH'] },
    }).catch((error: { killed?: boolean }) => {
      if (error.killed) throw error;
    });
    return judge(sets.server, await readChecks(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By scenario. The suite names a folder `server-<scenario>-<time>`. */
async function readChecks(folder: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const found = new Map<string, readonly Check[]>();
  for (const name of await readdir(folder)) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    found.set(scenario, JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')) as Check[]);
  }
  return found;
}

function judge(required: readonly string[], found: ReadonlyMap<string, readonly Check[]>): Conformance {
  const told = (scenario: string, status: Check['status']) =>
    (found.get(scenario) ?? [])
      .filter((check) => check.status === status)
      .map(({ id, description, errorMessage }) => `${scenario}: ${id}: ${errorMessage ?? description}`);
  const succeeds = (scenario: string) =>
    (found.get(scenario) ?? []).some(({ status }) => status === 'SUCCESS') && told(scenario, 'FAILURE').length === 0;
  return {
    required,
    passed: required.filter(succeeds),
    failures: required.flatMap((scenario) =>
      found.has(scenario) ? told(scenario, 'FAILURE') : [`${scenario}: did not run`],
    ),
    warnings: required.flatMap((scenario) => told(scenario, 'WARNING')),
    unscored: [...found.keys()].filter((scenario) => !required.includes(scenario) && !succeeds(scenario)).sort(),
  };
}
