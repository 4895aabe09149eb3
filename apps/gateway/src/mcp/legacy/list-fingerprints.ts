import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import { ToolLists } from '../tool-lists.js';

export const LISTS = ['tools', 'prompts', 'resources'] as const;
export type ListKind = (typeof LISTS)[number];

/** What stands for each list, as one caller sees it: another text when it is another list. */
export type Fingerprints = Readonly<Record<ListKind, string>>;

const NEVER = new AbortController().signal;

const digest = (value: unknown) => hash('sha256', JSON.stringify(value), 'base64url').slice(0, 16);

/** Tells whether a list is still the one that a caller knows. */
@Injectable()
export class ListFingerprints {
  constructor(
    private readonly directory: ToolDirectory,
    private readonly toolLists: ToolLists,
  ) {}

  async of(caller: Caller, kinds: readonly ListKind[] = LISTS): Promise<Partial<Fingerprints>> {
    const entries = await Promise.all(kinds.map(async (kind) => [kind, await this.one(caller, kind)] as const));
    return Object.fromEntries(entries);
  }

  private one(caller: Caller, kind: ListKind): string | Promise<string> {
    switch (kind) {
      case 'tools':
        return this.toolLists.fingerprint('legacy', caller);
      case 'prompts':
        return digest(this.directory.sources.map(({ prompts }) => prompts?.list(caller)));
      case 'resources':
        return this.resources(caller);
      default:
        return kind satisfies never;
    }
  }

  /** Of a source that lists by pages, the first one: new things stand there. */
  private async resources(caller: Caller): Promise<string> {
    const request = { caller, signal: NEVER, channel: SILENT };
    const pages = await Promise.all(
      this.directory.sources.map(async ({ resources }) => [
        resources?.templates(caller),
        (await resources?.list(request, undefined).catch(() => undefined))?.items,
      ]),
    );
    return digest(pages);
  }
}
