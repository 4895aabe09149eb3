import type { VersionRow } from './tool-row.js';

/**
 * Who has written what the latest version holds and nobody has approved yet: its author, and where it was made of one
 * that waited for approval, that one's. A small change by somebody else does not let an author approve his own code.
 * @param history newest first
 * @param madeAt when the tool was made, or made anew: no version from before is a part of it
 */
export function contributorsOf(history: readonly VersionRow[], madeAt: Date): ReadonlySet<string> {
  const byNumber = new Map(history.map((version) => [version.version, version]));
  const contributors = new Set<string>();
  for (let at = history[0]; at;) {
    contributors.add(at.created_by);
    if (at.created_at.getTime() <= madeAt.getTime() && at.restored === null) break;
    const base = byNumber.get(at.restored ?? at.version - 1);
    at = base?.approved_at ? undefined : base;
  }
  return contributors;
}
