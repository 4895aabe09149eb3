// Neo4j's grammar of Cypher, compiled to the tables that `libs/cypher` reads: states, names of tokens and of rules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const ROOT = dirname(dirname(SELF));
const MODULES = join(ROOT, 'node_modules');
const COMPILER = join(MODULES, 'antlr-ng');
const LANGUAGE = join(MODULES, '@neo4j-cypher', 'language-support');
const GRAMMAR = join(LANGUAGE, 'src', 'antlr-grammar');
const TABLES = join(ROOT, 'dist', 'libs', 'cypher', 'cypher-grammar.json');
/** Beside the compiler, so that a new build need not compile the grammar again, and a new install does. */
const KEPT = join(MODULES, '.achilles-cypher-grammar.json');

/** Changes with the grammar, its compiler and this script. */
function version() {
  const parts = [SELF, join(COMPILER, 'package.json'), join(LANGUAGE, 'package.json')];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(readFileSync(part));
  return hash.digest('hex');
}

/** Whether the build has the tables of the grammar that is installed. */
export const grammarIsCompiled = () => isCurrent(TABLES);

const isCurrent = (tables) =>
  existsSync(tables) && readFileSync(tables, 'utf8').startsWith(`{"version":"${version()}"`);

/** Compiles the grammar where that has not been done, and puts its tables into the build. */
export function compileGrammar() {
  if (!isCurrent(KEPT)) writeFileSync(KEPT, JSON.stringify({ version: version(), ...compile() }));
  mkdirSync(dirname(TABLES), { recursive: true });
  copyFileSync(KEPT, TABLES);
}

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'achilles-grammar-'));
  try {
    // In this order: the parser needs the lexer's numbers of tokens.
    for (const part of ['Lexer', 'Parser']) antlr(join(GRAMMAR, `CypherCmd${part}.g4`), folder);
    const lexer = sections(readFileSync(join(folder, 'CypherCmdLexer.interp'), 'utf8'));
    const parser = sections(readFileSync(join(folder, 'CypherCmdParser.interp'), 'utf8'));
    return {
      tokenNames: parser.names('token symbolic names'),
      lexer: { ruleNames: lexer.names('rule names'), modeNames: lexer.names('mode names'), atn: lexer.atn },
      parser: { ruleNames: parser.names('rule names'), atn: parser.atn },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function antlr(grammar, folder) {
  const options = ['-Dlanguage=TypeScript', '--generate-listener=false', '--lib', GRAMMAR, '-o', folder];
  const runner = join(COMPILER, 'dist', 'cli', 'runner.js');
  const done = spawnSync(process.execPath, [runner, ...options, '--exact-output-dir', '--', grammar], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`antlr-ng refused ${grammar}: ${done.stderr}${done.stdout}`);
}

/** An `.interp` file is sections of lines, each under a heading, with empty lines between. */
function sections(text) {
  const found = new Map();
  for (const section of text.split(/\n{2,}/)) {
    const [heading, ...lines] = section.trim().split('\n');
    found.set(heading.slice(0, -1), lines);
  }
  return {
    names: (heading) => found.get(heading).map((name) => (name === 'null' ? null : name)),
    atn: JSON.parse(found.get('atn')[0]),
  };
}
