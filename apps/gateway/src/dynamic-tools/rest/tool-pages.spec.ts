import { describe, expect, it } from '@jest/globals';
import type { DynamicToolRecord } from '../dynamic-tool.schema.js';
import { pageOfTools } from './tool-pages.js';

const toolsOf = (...names: string[]) => names.map((name) => ({ name }) as DynamicToolRecord);
const namesOf = (tools: readonly { name: string }[]) => tools.map(({ name }) => name);

describe('pages of tools', () => {
  it('hold every tool once, by name, whatever order they come in', () => {
    const tools = toolsOf('beta', 'Zeta', 'alpha', 'b:c', 'a.b');
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = pageOfTools(tools, 2, cursor);
      seen.push(...namesOf(page.items));
      cursor = page.next_cursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect([pages, seen]).toEqual([3, ['Zeta', 'a.b', 'alpha', 'b:c', 'beta']]);
  });

  it('go on where they were when the tool that they stopped at is gone', () => {
    const { next_cursor } = pageOfTools(toolsOf('aaa', 'bbb', 'ccc'), 2, undefined);
    expect(namesOf(pageOfTools(toolsOf('aaa', 'bba', 'ccc'), 2, next_cursor!).items)).toEqual(['ccc']);
  });

  it('are one, without a cursor, where all fit', () =>
    expect(pageOfTools(toolsOf('aaa', 'bbb'), 2, undefined).next_cursor).toBeNull());

  it.each(['x', '!', 'YWJj=', 'YWJj YWJj', ' '])('take back no cursor that they did not give out: %j', (cursor) =>
    expect(() => pageOfTools([], 2, cursor)).toThrow('The cursor is not one that this API gave out.'),
  );
});
