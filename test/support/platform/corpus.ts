import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export type Collection = 'code' | 'docs' | 'textbooks';

/** A part of a file that can be found. */
export interface Passage {
  readonly id: string;
  readonly collection: Collection;
  readonly title: string;
  readonly text: string;
}

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

const ROOT = 'test/fixtures/corpus';

const read = (pattern: string): SourceFile[] =>
  globSync(`${ROOT}/${pattern}`)
    .sort()
    .map((path) => ({ name: path.slice(ROOT.length + 1), text: readFileSync(path, 'utf8') }));

export const codeFiles = (): readonly SourceFile[] => read('code/**/*.py');

/** A paragraph of a document, a class or function of code. */
export function passages(): readonly Passage[] {
  const documents = (['docs', 'textbooks'] as const).flatMap((collection) =>
    read(`${collection}/*.md`).flatMap(({ name, text }) => {
      const [heading = '', ...paragraphs] = text.trim().split(/\n\n+/);
      return paragraphs.map((paragraph, i) => ({
        id: `${name}#${i + 1}`,
        collection,
        title: heading.replace(/^#\s*/, ''),
        text: paragraph,
      }));
    }),
  );
  const code = codeFiles().flatMap(({ name, text }) =>
    text.split(/\n\n\n+/).map((part, i) => ({
      id: `${name}#${i + 1}`,
      collection: 'code' as const,
      title: `${basename(name)}: ${/^(?:class|def) (\w+)/m.exec(part)?.[1] ?? 'module'}`,
      text: part.trim(),
    })),
  );
  return [...documents, ...code];
}
