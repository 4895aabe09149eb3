/** What is wrong with a list of web origins: only scheme://host[:port], as a browser writes it, can ever match. */
export function originFaults(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => {
    if (entry === '*') return ['"*" would open the gateway to every page: list the origins'];
    const origin = originOf(entry);
    if (origin === entry) return [];
    return [`${JSON.stringify(entry)} is not an origin${origin === undefined ? '' : `: write ${origin}`}`];
  });
}

function originOf(entry: string): string | undefined {
  if (!/^https?:\/\/[^*]+$/i.test(entry) || !URL.canParse(entry)) return undefined;
  return new URL(entry).origin;
}
