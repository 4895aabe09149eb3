import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { Era } from './mcp-request.js';
import { PromptMethods } from './prompt-methods.js';
import { ResourceMethods } from './resource-methods.js';
import { ToolLists } from './tool-lists.js';

export type ListKind = 'tools' | 'prompts' | 'resources';

/** Pages of resources that are compared; a longer list counts as changed whenever somebody says so. */
const MOST_PAGES = 4;

/** What one caller sees of each list: news of a change are only news for those whose own list is another. */
@Injectable()
export class OwnLists {
  constructor(
    private readonly tools: ToolLists,
    private readonly prompts: PromptMethods,
    private readonly resources: ResourceMethods,
  ) {}

  /** The same for the same list; undefined where that cannot be said. */
  async fingerprint(mount: Mount, kind: ListKind, era: Era, caller: Caller): Promise<string | undefined> {
    if (kind === 'tools') return this.tools.fingerprint(mount, era, caller);
    if (kind === 'prompts') return hash('sha256', JSON.stringify(this.prompts.visibleTo(mount, caller)));
    return this.ofResources(mount, caller);
  }

  private async ofResources(mount: Mount, caller: Caller): Promise<string | undefined> {
    const pages: unknown[] = [this.resources.templatesFor(mount, caller)];
    const request = { mount, caller, signal: new AbortController().signal, channel: SILENT };
    let cursor: string | undefined;
    do {
      if (pages.length > MOST_PAGES) return undefined;
      const { items, nextCursor } = await this.resources.page(request, cursor);
      pages.push(items);
      cursor = nextCursor;
    } while (cursor !== undefined);
    return hash('sha256', JSON.stringify(pages));
  }
}
