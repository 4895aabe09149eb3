import { basename } from 'node:path';
import { codeFiles } from './corpus.js';

export interface GraphNode {
  readonly label: 'Module' | 'Function' | 'Class';
  readonly properties: Readonly<Record<string, unknown>>;
}
export interface Edge {
  readonly type: 'IMPORTS' | 'DEFINES';
  readonly from: GraphNode;
  readonly to: GraphNode;
}

/** The corpus' modules, what they import of each other, and what they define. */
export function corpusGraph(): { readonly nodes: readonly GraphNode[]; readonly edges: readonly Edge[] } {
  const files = codeFiles().map(({ name, text }) => ({ name: basename(name, '.py'), text }));
  const modules = new Map(
    files.map(({ name, text }) => {
      const module: GraphNode = { label: 'Module', properties: { name, lines: text.split('\n').length } };
      return [name, module] as const;
    }),
  );
  const nodes: GraphNode[] = [...modules.values()];
  const edges: Edge[] = [];
  for (const { name, text } of files) {
    const from = modules.get(name)!;
    for (const [, imported] of text.matchAll(/^from (\w+) import/gm)) {
      const to = modules.get(imported!);
      if (to) edges.push({ type: 'IMPORTS', from, to });
    }
    for (const [, kind, defined] of text.matchAll(/^(class|def) (\w+)/gm)) {
      const to: GraphNode = { label: kind === 'class' ? 'Class' : 'Function', properties: { name: defined } };
      nodes.push(to);
      edges.push({ type: 'DEFINES', from, to });
    }
  }
  return { nodes, edges };
}
