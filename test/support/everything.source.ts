import { Injectable } from '@nestjs/common';
import { Changes } from '#gateway/tools/changes.js';
import type { Tool } from '#gateway/tools/tool.js';
import { ToolSource } from '#gateway/tools/tool-source.js';
import { askingTools } from './everything/asking-tools.js';
import { contentTools } from './everything/content-tools.js';
import { roundTools } from './everything/round-tools.js';
import { testResources } from './everything/test-resources.js';
import { TestPrompts } from './everything/test-prompts.js';
import { testTool, text } from './everything/test-tool.js';

/** A tool that comes and goes. */
const SOMETIMES = testTool('test_sometimes_a_tool', 'Is there from time to time', () => text('Now it is there.'));

/** Everything that the scenarios of the official conformance suite call by name, in one source. */
@Injectable()
export class EverythingSource extends ToolSource {
  readonly name = 'everything';
  override readonly resources = testResources;
  override readonly prompts = new TestPrompts();
  private readonly always: readonly Tool[];
  private offered: readonly Tool[];

  constructor(private readonly changes: Changes) {
    super();
    this.always = [...contentTools, ...askingTools, ...roundTools, ...this.triggers()];
    this.offered = this.always;
  }

  tools(): readonly Tool[] {
    return this.offered;
  }

  /** Tools that change what the lists show, or what a resource holds. */
  private triggers(): readonly Tool[] {
    return [
      testTool('test_trigger_tool_change', 'Adds a tool, or takes it away', () => {
        this.offered = this.offered === this.always ? [...this.always, SOMETIMES] : this.always;
        this.changes.publish({ kind: 'tools' });
        return text('Changed');
      }),
      testTool('test_trigger_prompt_change', 'Adds a prompt, or takes it away', () => {
        this.prompts.toggle();
        this.changes.publish({ kind: 'prompts' });
        return text('Changed');
      }),
      testTool('test_trigger_resource_change', 'Tells of a change of the watched resource', () => {
        this.changes.publish({ kind: 'resource', uri: 'test://watched-resource' });
        return text('Changed');
      }),
    ];
  }
}
