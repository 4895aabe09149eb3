import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Antlr from 'antlr4ng';
import { at, quoted, UnreadableCypher } from './unreadable-cypher.js';

/** Neo4j's grammar as `scripts/cypher-grammar.mjs` compiles it. */
interface Tables {
  readonly tokenNames: readonly (string | null)[];
  readonly lexer: { readonly ruleNames: string[]; readonly modeNames: string[]; readonly atn: number[] };
  readonly parser: { readonly ruleNames: string[]; readonly atn: number[] };
}

/** The rule that all of a text must match: statements and console commands, up to its end. */
const START = 'statementsOrCommands';
const MAX_TOKENS = 1_000;
const MAX_DEPTH = 64;
/** Steps of looking ahead that one query may teach the parser, 5 to 10 µs each; what it has learnt costs nothing again. */
const MAX_LEARNT = 20_000;
/** What a parser keeps of all it has learnt, at some 1 KB each. Beyond it, it begins anew. */
const MAX_KEPT = 20_000;
const OPENING = ['LPAREN', 'LBRACKET', 'LCURLY', 'INTERPOLATED_EXPR_START_SINGLE', 'INTERPOLATED_EXPR_START_DOUBLE'];
const CLOSING = ['RPAREN', 'RBRACKET', 'RCURLY'];

/** A lexer and a parser for one text after the other: making one costs ten times as much as using it. */
export class CypherGrammar {
  readonly ruleNames: readonly string[];
  private readonly antlr: typeof Antlr;
  private readonly lexer: Antlr.LexerInterpreter;
  private readonly parser: Antlr.ParserInterpreter;
  private readonly start: number;
  /** By type of token: 1 opens a bracket, -1 closes one. */
  private readonly nesting: readonly number[];
  private readonly errorChar: number;
  private readonly divide: number;
  private learnt = 0;

  /** Reads the tables: 60 ms and 10 MB, so not before they are needed. */
  constructor() {
    // Not imported at the top: a gateway that is asked for no graph never loads it.
    this.antlr = createRequire(import.meta.url)('antlr4ng') as typeof Antlr;
    const file = new URL('../cypher-grammar.json', import.meta.url);
    const tables = JSON.parse(readFileSync(file, 'utf8')) as Tables;
    this.lexer = this.makeLexer(tables);
    this.parser = this.makeParser(tables);
    const names = tables.tokenNames;
    this.ruleNames = tables.parser.ruleNames;
    this.start = tables.parser.ruleNames.indexOf(START);
    this.nesting = names.map((name) => (OPENING.includes(name ?? '') ? 1 : CLOSING.includes(name ?? '') ? -1 : 0));
    this.errorChar = names.indexOf('ErrorChar');
    this.divide = names.indexOf('DIVIDE');
  }

  /** The tree of a text that the whole grammar accepts. @throws UnreadableCypher */
  parse(text: string): Antlr.ParserRuleContext {
    const { ListTokenSource, CommonTokenStream, ParseCancellationException } = this.antlr;
    if ((this.parser.interpreter.sharedContextCache?.length ?? 0) > MAX_KEPT) this.parser.interpreter = this.learner();
    this.learnt = 0;
    this.parser.tokenStream = new CommonTokenStream(new ListTokenSource(this.tokens(text)));
    try {
      return this.parser.parse(this.start);
    } catch (error) {
      if (!(error instanceof ParseCancellationException)) throw error;
      const token = this.parser.getCurrentToken();
      const near = token.type === this.antlr.Token.EOF ? 'at its end' : `near ${quoted(token.text ?? '')}`;
      throw new UnreadableCypher(`The query is not valid Cypher ${near} (${at(token)})`);
    }
  }

  /** The tokens of a text, within the caps; nothing that takes long has been done before they are checked. */
  private tokens(text: string): Antlr.Token[] {
    const { CharStream, Token } = this.antlr;
    this.lexer.inputStream = CharStream.fromString(text);
    const tokens: Antlr.Token[] = [];
    let depth = 0;
    for (;;) {
      const token = this.lexer.nextToken();
      if (token.channel !== Token.DEFAULT_CHANNEL) continue;
      tokens.push(token);
      if (token.type === Token.EOF) return tokens;
      this.refuseUnclosed(token);
      depth += this.nesting[token.type] ?? 0;
      if (depth > MAX_DEPTH) throw new UnreadableCypher(`The query nests brackets deeper than ${MAX_DEPTH}`);
      if (tokens.length > MAX_TOKENS) throw new UnreadableCypher(`The query has more than ${MAX_TOKENS} tokens`);
    }
  }

  /** Would be found by the parser too; but behind each such sign the lexer searches the rest of the text for its end. */
  private refuseUnclosed(token: Antlr.Token): void {
    const comment =
      token.type === this.divide && token.inputStream?.getTextFromRange(token.stop + 1, token.stop + 1) === '*';
    if (!comment && token.type !== this.errorChar) return;
    const what = comment ? 'comment' : /['"`]/.test(token.text ?? '') ? 'quote' : 'sign';
    throw new UnreadableCypher(
      `The query is not valid Cypher: ${what === 'sign' ? 'no place for this sign' : `a ${what} is not closed`} (${at(token)})`,
    );
  }

  private makeLexer({ tokenNames, lexer: { ruleNames, modeNames, atn } }: Tables): Antlr.LexerInterpreter {
    const { ATNDeserializer, CharStream, LexerInterpreter, Vocabulary } = this.antlr;
    const states = new ATNDeserializer().deserialize(atn);
    const vocabulary = new Vocabulary([], [...tokenNames], []);
    const lexer = new LexerInterpreter(
      'Cypher',
      vocabulary,
      ruleNames,
      [],
      modeNames,
      states,
      CharStream.fromString(''),
    );
    return Object.assign(lexer, {
      // The one action of the grammar: a closing brace leaves the mode that an opening one entered.
      action: () => void (lexer.modeStack.length > 0 && lexer.popMode()),
      // The lexer would tell its listeners, and go on behind what it could not read.
      notifyListeners: () => {
        throw new UnreadableCypher(`The query is not valid Cypher: a quote is not closed (${at(lexer)})`);
      },
    });
  }

  private makeParser({ tokenNames, parser: { ruleNames, atn } }: Tables): Antlr.ParserInterpreter {
    const { ATNDeserializer, BailErrorStrategy, CommonTokenStream, ParserInterpreter, Vocabulary } = this.antlr;
    const states = new ATNDeserializer().deserialize(atn);
    const vocabulary = new Vocabulary([], [...tokenNames], []);
    const parser = new ParserInterpreter('Cypher', vocabulary, ruleNames, states, new CommonTokenStream(this.lexer));
    parser.removeErrorListeners();
    parser.errorHandler = new BailErrorStrategy();
    parser.interpreter = this.learner(parser);
    return parser;
  }

  /**
   * What tells the parser which way to go, and learns as it goes. Without the context of the rules around (SLL): with it,
   * a nested CASE takes a minute. What it accepts has the same tree either way.
   */
  private learner(parser = this.parser): Antlr.ParserATNSimulator {
    const { DFA, ParserATNSimulator, PredictionContextCache, PredictionMode } = this.antlr;
    const count = (steps: number) => {
      this.learnt += steps;
      if (this.learnt > MAX_LEARNT) throw new UnreadableCypher('The query nests too many expressions to be judged');
    };
    class Learner extends ParserATNSimulator {
      protected override computeReachSet(closure: Antlr.ATNConfigSet, token: number, full: boolean) {
        const reached = super.computeReachSet(closure, token, full);
        count(reached?.length ?? 0);
        return reached;
      }
    }
    const decisions = parser.atn.decisionToState.map((state, decision) => new DFA(state, decision));
    const learner = new Learner(parser, parser.atn, decisions, new PredictionContextCache());
    learner.predictionMode = PredictionMode.SLL;
    return learner;
  }
}
