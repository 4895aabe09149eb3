import { posix } from 'node:path';
import {
  type CommandType,
  FILLERS,
  PREPARATIONS,
  PROGRAMS,
  type Runner,
  TWO_WORD_WRAPPERS,
  VERBS,
  WRAPPERS,
} from './programs.js';
import { simpleCommands } from './shell-words.js';

/** What a shell command line does, and to which file where that is all it does. */
export interface CommandClass {
  readonly eventType: CommandType | 'file_delete' | 'file_rename';
  /** The file that is gone, or the new name; relative to the directory that the command starts in. */
  readonly file?: string;
}

// A line that tests and also commits is a test run: the kind with a verdict wins.
const RANK: readonly CommandType[] = ['test_run', 'build_run', 'lint_run', 'git_action'];
const ASSIGNMENT = /^\w+=/;
const FLAG_OR_DURATION = /^-|^\d+(\.\d+)?[smhd]?$/;
const SHELL = /^(ba|z|da|k)?sh$/;
const INTERPRETER = /^(python|pypy|node|ruby|php)[\d.]*$/;
const TEST_SCRIPT = /^(run[_-]?)?tests?\.(sh|py|js|mjs|ts)$|^test_\w+\.py$|^\w+_test\.py$/;

/** Tells test, build and lint runs, git, deletions and renames from other commands. */
export function classifyCommand(commandLine: string): CommandClass {
  const commands = simpleCommands(commandLine)
    .map(unwrapped)
    .filter((words) => words.length > 0);
  const types = new Set(commands.map(typeOf));
  const telling = RANK.find((type) => types.has(type));
  if (telling !== undefined) return { eventType: telling };

  const deeds = commands.filter((words) => !PREPARATIONS.has(words[0]!));
  return (deeds.length === 1 && fileCommand(deeds[0]!, directoryAfter(commands))) || { eventType: 'command_run' };
}

/** Takes off what only says how to run: `FOO=1 sudo timeout 60 python -m pytest` is `pytest`. */
function unwrapped(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !ASSIGNMENT.test(word));
  if (start === -1) return [];
  const [program = '', ...rest] = words.slice(start);
  const name = posix.basename(program).replace(/\.(exe|cmd)$/, '');
  if (TWO_WORD_WRAPPERS.has(`${name} ${rest[0]}`)) return unwrapped(withoutFlags(rest.slice(1)));
  if (WRAPPERS.has(name)) return unwrapped(withoutFlags(rest));
  if (INTERPRETER.test(name)) return interpreted([name, ...rest]);
  if (SHELL.test(name)) return interpretedByShell([name, ...rest]);
  return [program === 'test' ? '[' : name, ...rest];
}

function withoutFlags(words: readonly string[]): string[] {
  if (words[0] === '-m') return ['python', ...words]; // `coverage run -m pytest`
  const start = words.findIndex((word) => !FLAG_OR_DURATION.test(word));
  return start === -1 ? [] : words.slice(start);
}

/** `python -m pytest` is `pytest`, `python -u setup.py build` is `setup.py build`. */
function interpreted(words: readonly string[]): string[] {
  if (words[0] === 'node' && words.includes('--test')) return ['unittest'];
  const script = words.findIndex((word, at) => at > 0 && !word.startsWith('-'));
  const module = words.indexOf('-m');
  if (module > 0 && words[1]!.startsWith('-')) return words.slice(module + 1);
  if (script === -1 || /^-\w*[ce]$/.test(words[script - 1]!)) return [...words];
  return [posix.basename(words[script]!), ...words.slice(script + 1)];
}

/** `bash -lc 'cd x && pytest'` is what the inner line tells, `sh run_tests.sh` is the script. */
function interpretedByShell(words: readonly string[]): string[] {
  const inline = words.findIndex((word) => /^-\w*c$/.test(word));
  if (inline !== -1) {
    const commands = simpleCommands(words[inline + 1] ?? '').map(unwrapped);
    return commands.find((command) => typeOf(command) !== 'command_run') ?? [...words];
  }
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  return script === undefined ? [...words] : [posix.basename(script)];
}

function typeOf(words: readonly string[]): CommandType {
  const [program = '', ...rest] = words;
  if (TEST_SCRIPT.test(program)) return 'test_run';
  const known = PROGRAMS.get(program) ?? 'command_run';
  return typeof known === 'string' ? known : typeOfRun(known, rest);
}

function typeOfRun(runner: Runner, words: readonly string[]): CommandType {
  const verbs = words.filter((word) => runner.verbs?.[word] ?? !(word.startsWith('-') || FILLERS.has(word)));
  const candidates = runner.looksAt === 'first' ? verbs.slice(0, 1) : verbs;
  const types = candidates.map((verb) => typeOfVerb(runner, verb));
  return RANK.find((type) => types.includes(type)) ?? runner.otherwise;
}

/** Gradle's `:app:test` is told by its last part, npm's `test:unit` by its beginning. */
function typeOfVerb(runner: Runner, verb: string): CommandType | undefined {
  const target = verb.split(':').pop()!;
  return runner.verbs?.[target] ?? usualMeaning(verb) ?? usualMeaning(target);
}

const usualMeaning = (verb: string) => VERBS.find(([form]) => form.test(verb))?.[1];

/** Where the command line's `cd`s lead, relative to where it starts. */
function directoryAfter(commands: readonly (readonly string[])[]): string {
  return commands.reduce((at, [program, to]) => (program === 'cd' && to !== undefined ? inside(at, to) : at), '');
}

function fileCommand(words: readonly string[], directory: string): CommandClass | undefined {
  const [program, ...rest] = words;
  const operands = rest.filter((word) => !word.startsWith('-'));
  if (program === 'rm' && operands.length > 0)
    return { eventType: 'file_delete', file: named(operands[0]!, directory) };
  if (program === 'mv' && operands.length === 2)
    return { eventType: 'file_rename', file: named(operands[1]!, directory) };
  return undefined;
}

const inside = (directory: string, path: string) => (posix.isAbsolute(path) ? path : posix.join(directory, path));

/** A name with a wildcard or a variable in it names no one file. */
function named(operand: string, directory: string): string | undefined {
  const path = inside(directory, operand);
  return /[*?[\]$~{]/.test(path) ? undefined : path;
}
