/** What a shell command does with the working copy: shows it, changes it, or runs something on it. */
export type ShellNature = 'view' | 'change' | 'run' | 'submit' | 'edit' | 'create';

export interface ShellCommand {
  readonly nature: ShellNature;
  /** The program of the part that matters: `pytest` in `cd app && CI=1 pytest -q | tail`. */
  readonly verb: string;
  /** That part as typed, without environment, redirections and what it is piped into. */
  readonly main: string;
  readonly words: readonly string[];
  /** The exit code is not that of `main`: it is piped, or followed by something that runs regardless. */
  readonly hidesExit: boolean;
}

interface Part {
  readonly words: readonly string[];
  /** The separator after it. */
  readonly end: string;
}

const MAX_LENGTH = 2_000;

// Their output is the content of files, listings or recordings, in which the word "error" means nothing.
const VIEWERS = new Set(
  (
    'open cat head tail less more bat nl ls ll dir tree find fd locate grep egrep fgrep rg ag ack git-grep wc file stat du df ' +
    'sed awk cut sort uniq tr diff cmp comm xxd hexdump od strings objdump nm readelf disassemble decompile tshark tcpdump ' +
    'curl wget jq yq which type whereis whoami id pwd env printenv echo printf date ps history man cd export source set ' +
    'true sleep test [ basename dirname realpath goto scroll_up scroll_down search_dir search_file find_file filemap'
  ).split(' '),
);
const CHANGERS = new Set('rm mv cp mkdir rmdir touch tee chmod chown ln patch unzip tar truncate dd'.split(' '));
const INSTALLERS = /^(?:pip3?|npm|pnpm|yarn|bun|uv|poetry|gem|bundle|apt|apt-get|brew|cargo|go|conda)$/;
const INSTALLS = /^(?:install|i|ci|add|remove|uninstall|update|upgrade|get|sync)$/;
const GIT_VIEWS = /^(?:status|diff|log|show|blame|branch|grep|ls-files|rev-parse|remote|config|describe|reflog)$/;
const EDITOR_COMMANDS: Readonly<Record<string, ShellNature>> = {
  edit: 'edit',
  insert: 'edit',
  create: 'create',
  submit: 'submit',
  apply_patch: 'edit',
};

/** Only the first line counts: what follows is the body of an edit or a here-document. */
export function parseShell(command: string): ShellCommand {
  const parts = splitParts(command.trimStart().split('\n', 1)[0]!.slice(0, MAX_LENGTH)).map((part) => ({
    ...part,
    words: withoutPrefix(part.words),
  }));
  const natures = parts.map((part) => natureOf(part.words));
  const main = Math.max(
    0,
    natures.findIndex((nature) => nature !== 'view'),
  );
  const index = natures.includes('run') ? natures.indexOf('run') : main;
  const { words, end } = parts[index] ?? { words: [], end: '' };
  const kept = withoutRedirections(words);
  return {
    nature: natures[index] ?? 'run',
    verb: programOf(words),
    main: kept.join(' '),
    words: kept,
    hidesExit: end !== '' && end !== '&&',
  };
}

function splitParts(line: string): Part[] {
  const parts: Part[] = [];
  let words: string[] = [];
  let word = '';
  let quote = '';
  const endWord = () => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === ' ' || char === '\t') endWord();
    else if (char === ';' || char === '|' || (char === '&' && line[i + 1] === '&')) {
      endWord();
      const end = line[i + 1] === char ? char + char : char;
      i += end.length - 1;
      parts.push({ words, end });
      words = [];
    } else word += char;
  }
  endWord();
  if (words.length > 0) parts.push({ words, end: '' });
  return parts;
}

/** Without what only says how to run the rest: `CI=1`, `sudo`, `timeout 60`, `npx`, `python -m`. */
function withoutPrefix(words: readonly string[]): readonly string[] {
  let from = 0;
  for (let word = words[from]; word !== undefined; word = words[from]) {
    const next = words[from + 1] ?? '';
    if (/^\w+=/.test(word) || /^(?:sudo|time|nohup|npx|exec|command)$/.test(word)) from++;
    else if (word === 'timeout' || (/^(?:uv|poetry|pipenv)$/.test(word) && next === 'run')) from += 2;
    else if (/^python[\d.]*$/.test(word) && next === '-m') from += 2;
    else break;
  }
  return words.slice(from);
}

function withoutRedirections(words: readonly string[]): string[] {
  // `2>&1` and `>out` stand alone; after `>` and `<` the file is the next word.
  return words.filter(
    (word, i) => !/^(?:\d?|&)(?:>{1,2}|<)/.test(word) && !/^(?:\d?|&)(?:>{1,2}|<)$/.test(words[i - 1] ?? ''),
  );
}

const programOf = (words: readonly string[]) => words[0]?.slice(words[0].lastIndexOf('/') + 1) ?? '';

function natureOf(words: readonly string[]): ShellNature {
  const verb = programOf(words);
  const first = words[1] ?? '';
  if (Object.hasOwn(EDITOR_COMMANDS, verb)) return EDITOR_COMMANDS[verb]!;
  if (verb === 'git')
    return GIT_VIEWS.test(words.slice(1).find((word) => !word.startsWith('-')) ?? '') ? 'view' : 'change';
  if (CHANGERS.has(verb) || (INSTALLERS.test(verb) && INSTALLS.test(first))) return 'change';
  if (verb === 'sed' && words.some((word) => word.startsWith('-i'))) return 'change';
  if (!VIEWERS.has(verb)) return 'run';
  return words.some((word) => /^>{1,2}[^&]*$/.test(word) && !word.endsWith('/dev/null')) ? 'change' : 'view';
}
