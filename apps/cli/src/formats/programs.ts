/** What a command does, as far as the analysis tells commands apart. */
export type CommandType = 'test_run' | 'build_run' | 'lint_run' | 'git_action' | 'command_run';

/** How the words after a program's name tell what it does. */
export interface Runner {
  /** `first`: the first word counts (`npm test`). `any`: every word may be a target (`make clean test`). */
  readonly looksAt: 'first' | 'any';
  /** Where no word tells. */
  readonly otherwise: CommandType;
  /** Words that mean something else here than in VERBS. */
  readonly verbs?: Readonly<Record<string, CommandType>>;
}

/** What a sub-command, script or target usually means; the first that matches. */
export const VERBS: readonly (readonly [RegExp, CommandType])[] = [
  [/^(t|tests?|e2e|specs?|unit|integration|coverage|cov|nextest)([:._-]|$)/, 'test_run'],
  [/^(build|compile|bundle|dist|package|assemble)([:._-]|$)/, 'build_run'],
  [/^(lint|format|fmt|typecheck|type-check|types|vet|clippy|style|check)([:._-]|$)/, 'lint_run'],
];

const scripts: Runner = { looksAt: 'first', otherwise: 'command_run' };
const targets: Runner = {
  looksAt: 'any',
  otherwise: 'build_run',
  verbs: { check: 'test_run', verify: 'test_run', install: 'build_run' },
};

const each = <Value>(names: string, value: Value): [string, Value][] => names.split(' ').map((name) => [name, value]);

/** Programs by name. A program that is not here is a `command_run`. */
export const PROGRAMS: ReadonlyMap<string, CommandType | Runner> = new Map<string, CommandType | Runner>([
  ...each(
    'pytest py.test tox nox nose2 nosetests unittest doctest behave stestr jest vitest mocha ava karma cypress ' +
      'rspec phpunit pest ctest gotestsum bats',
    'test_run' as const,
  ),
  ...each(
    'cmake ninja meson tsc webpack rollup esbuild swc javac gcc g++ cc c++ clang clang++ rustc xcodebuild msbuild build',
    'build_run' as const,
  ),
  ...each(
    'flake8 pylint ruff mypy pyright black isort pyflakes pycodestyle bandit eslint oxlint tslint stylelint prettier ' +
      'biome golangci-lint staticcheck gofmt rustfmt clang-tidy clang-format shellcheck rubocop pre-commit',
    'lint_run' as const,
  ),
  ['git', 'git_action'],
  ...each('npm pnpm yarn bun deno mix swift flutter dotnet bazel ng nest next vite playwright', scripts),
  ...each('docker podman', { ...scripts, verbs: { run: 'command_run' } as const }),
  ['go', { ...scripts, verbs: { install: 'build_run' } }],
  ['cargo', { ...scripts, verbs: { check: 'build_run' } }],
  ...each('make gmake mvn mvnw gradle gradlew ant sbt', targets),
  ...each('rake just task setup.py manage.py', { ...targets, otherwise: 'command_run' as const }),
]);

/** Words between a program and the word that counts: `npm run test`, `docker compose build`. */
export const FILLERS = new Set(['run', 'run-script', 'compose', 'buildx', 'image']);

/** Programs that run the command that follows them. */
export const WRAPPERS = new Set(
  'sudo time nohup exec command env nice timeout stdbuf xvfb-run npx bunx pnpx uvx then do else if while !'.split(' '),
);

/** The same in two words. */
export const TWO_WORD_WRAPPERS = new Set([
  ...'poetry uv pipenv hatch pdm rye conda coverage'.split(' ').map((name) => `${name} run`),
  ...'bundle npm pnpm yarn'.split(' ').map((name) => `${name} exec`),
  ...'pnpm yarn'.split(' ').map((name) => `${name} dlx`),
]);

/** Commands that only prepare for the one that matters. */
export const PREPARATIONS = new Set('cd pushd popd export set unset source . pwd echo true : fi done'.split(' '));
