/** What a reader does not see, or a terminal obeys: controls but the tab, directions, what has no width. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}\u2028\u2029\u{e0000}-\u{e007f}]/gu;

/** Text of others as it stands, line by line, with what cannot be seen written out: who approves code must see all of it. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (hidden) => `<U+${hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`);

/** JSON for a person and for a script: what a terminal would obey is escaped. */
export const asJson = (value: unknown): string =>
  `${(JSON.stringify(value, null, 2) ?? 'null').replace(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`;
