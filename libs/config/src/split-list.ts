/** The entries of a variable that holds several, separated by commas or white space. */
export const splitList = (text: string | undefined): string[] =>
  (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
