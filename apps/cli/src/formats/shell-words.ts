// Long enough for any command that a person or an agent types; what follows is data, and cannot change what is run.
const LONGEST = 10_000;

const HEREDOC = /<<-?[ \t]*(['"]?)(\w+)\1([^\n]*)\n(?:[\s\S]*?\n)??[ \t]*\2(?=\n|$)/g;
const OPEN_HEREDOC = /<<-?[ \t]*(['"]?)\w+\1[^\n]*\n[\s\S]*$/;

// The `&` of `2>&1` and `&>file` belongs to a redirection and ends nothing; a `#` begins a comment only where a word
// could begin.
const TOKEN =
  /'(?<single>[^']*)'?|"(?<double>(?:\\[\s\S]|[^"\\])*)"?|\\(?<escaped>[\s\S]?)|(?<substituted>\$\((?:[^()]|\([^()]*\))*\))|(?<=^|[\s;&|])#[^\n]*|(?<redirected>[<>]+&|&>+)|(?<end>[\n;|&()]+)|(?<space>[^\S\n]+)|(?<plain>[\s\S])/g;

/**
 * Splits a shell command line into its simple commands, each a list of words without their quotes. Good enough to tell
 * what is run and on which file; it expands nothing.
 */
export function simpleCommands(commandLine: string): string[][] {
  const source = commandLine.slice(0, LONGEST).replace(HEREDOC, '$3').replace(OPEN_HEREDOC, '');
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) commands.at(-1)!.push(word);
    word = undefined;
  };
  for (const { groups } of source.matchAll(TOKEN)) {
    const { single, double, escaped, substituted, redirected, end, space, plain } = groups!;
    if (space !== undefined || end !== undefined) endWord();
    if (end !== undefined) commands.push([]);
    const text = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? substituted ?? redirected ?? plain;
    if (text !== undefined) word = (word ?? '') + text;
    if (escaped !== undefined && escaped !== '\n') word = (word ?? '') + escaped;
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}
