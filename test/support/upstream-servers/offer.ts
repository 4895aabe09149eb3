import type { Change } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { askingTools } from '../everything/asking-tools.js';
import { contentTools } from '../everything/content-tools.js';
import { roundTools } from '../everything/round-tools.js';
import { TestPrompts } from '../everything/test-prompts.js';
import { testTool, text } from '../everything/test-tool.js';
import { upstreamTools } from './upstream-tools.js';

const SOMETIMES = testTool('test_sometimes_a_tool', 'Is there from time to time', () => text('Now it is there.'));

/** What a fixture server offers, whatever it speaks, and what became of it. */
export class Offer {
  readonly prompts = new TestPrompts();
  /** Every call that reached a handler. */
  readonly calls: { readonly tool: string; readonly arguments: object }[] = [];
  /** Calls of `sleep` that were told to stop. */
  stopped = 0;
  private readonly listeners = new Set<(change: Change) => void>();
  private readonly always: readonly Tool[] = [
    ...contentTools,
    ...askingTools,
    ...roundTools,
    ...upstreamTools(() => this.stopped++),
    testTool('test_trigger_tool_change', 'Adds a tool, or takes it away', () => {
      this.toggleTool();
      return text('Changed');
    }),
    testTool('test_trigger_prompt_change', 'Adds a prompt, or takes it away', () => {
      this.prompts.toggle();
      this.tell({ kind: 'prompts' });
      return text('Changed');
    }),
    testTool('test_trigger_resource_change', 'Tells of a change of the watched resource', () => {
      this.tell({ kind: 'resource', uri: 'test://watched-resource' });
      return text('Changed');
    }),
  ];
  private offered = this.always;

  tools(): readonly Tool[] {
    return this.offered;
  }

  /** Changes what is offered, and tells. */
  offerTools(tools: readonly Tool[]): void {
    this.offered = tools;
    this.tell({ kind: 'tools' });
  }

  toggleTool(): void {
    this.offerTools(this.offered === this.always ? [...this.always, SOMETIMES] : this.always);
  }

  tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  /** @returns how to stop */
  hear(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
