/**
 * What each of our programs begins with. `start(main)` calls main with the first line of the standard input, which is
 * JSON; `tell` writes the one line that the gateway looks for, and ends the process. When the input ends, the gateway is
 * gone, and so is what it wanted. What the program needs later is taken hold of now: code may change it.
 */
const FIRST_LINE = String.raw`
const { stringify, parse } = JSON;
const exit = process.exit.bind(process);
const write = process.stdout.write.bind(process.stdout);
let mark, told = false;
const tell = (json) => {
  if (told) return;
  told = true;
  write(mark + json + '\n', () => exit(0));
};
const start = (main) => {
  const pieces = [];
  const input = process.stdin.setEncoding('utf8');
  const take = (piece) => {
    const end = piece.indexOf('\n');
    pieces.push(end < 0 ? piece : piece.slice(0, end));
    if (end < 0) return;
    input.off('data', take).on('data', () => undefined);
    const told = parse(pieces.join(''));
    mark = told.mark;
    main(told, input);
  };
  input.on('data', take).on('end', () => exit(75));
};
`;

/** A whole program: code that it runs sees none of its names. */
export const program = (body: string) => `(() => {\n'use strict';${FIRST_LINE}${body}})();\n`;
