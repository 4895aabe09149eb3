import { LONGEST_EXPRESSION } from './economics.schema.js';

const MOST_NODES = 300;

/** Makes as much as anybody likes of nothing, in one step that nothing can interrupt. */
const REFUSED: ReadonlySet<unknown> = new Set(['pad_left', 'pad_right', 'replace']);

/** Why an expression is not evaluated; undefined where it may be. It is not known yet what it is applied to. */
export async function expressionFault(expression: unknown): Promise<string | undefined> {
  if (typeof expression !== 'string') return 'must be a string';
  if (expression.trim() === '') return 'must not be empty';
  if (expression.length > LONGEST_EXPRESSION) return `must have at most ${LONGEST_EXPRESSION} characters`;
  // Loaded where somebody selects.
  const { compile } = await import('@jmespath-community/jmespath');
  try {
    return treeFault(compile(expression));
  } catch (error) {
    return `is no JMESPath: ${(error as Error).message.slice(0, 200)}`;
  }
}

function treeFault(tree: unknown): string | undefined {
  let nodes = 0;
  const faultIn = (value: unknown): string | undefined => {
    if (typeof value !== 'object' || value === null) return undefined;
    const { type, name } = value as { type?: unknown; name?: unknown };
    if (type !== undefined && ++nodes > MOST_NODES) return `has more than ${MOST_NODES} parts`;
    if (type === 'Function' && REFUSED.has(name)) return `uses ${String(name)}, which is not supported here`;
    for (const below of Object.values(value)) {
      const fault = faultIn(below);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return faultIn(tree);
}
