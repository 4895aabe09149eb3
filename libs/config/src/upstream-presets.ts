type Entry = Readonly<Record<string, unknown>>;

/**
 * Upstreams that are known by name: what an operator writes beside `preset` becomes an entry of its kind.
 * @throws Error with the fault, which begins with the member's name
 */
export const PRESETS: Readonly<Record<string, (own: Entry) => Entry>> = {
  everything: (own) => npx('@modelcontextprotocol/server-everything@2026.8.31', own),
};

const npx = (program: string, own: Entry): Entry => ({
  kind: 'stdio',
  command: 'npx',
  args: ['-y', program],
  ...own,
});
