import { describe, expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import type { Tool } from './tool.js';
import { ToolDirectory } from './tool-directory.js';
import { ToolSource } from './tool-source.js';

const caller: Caller = { issuer: 'i', subject: 's', tenant: 't', tier: 'gold', scopes: new Set() };
const tool = (name: string) => ({ definition: { name }, tier: 'bronze', scopes: [] }) as unknown as Tool;

/** Finds out step by step what it offers. */
class Settling extends ToolSource {
  readonly name = 'settling';
  private offered: readonly Tool[] = [];
  private step = Promise.withResolvers<void>();
  private isOver = false;

  tools(): readonly Tool[] {
    return this.offered;
  }

  override get settling(): Promise<void> | undefined {
    return this.isOver ? undefined : this.step.promise;
  }

  find(name: string): void {
    this.offered = [...this.offered, tool(name)];
    this.next();
  }

  giveUp(): void {
    this.isOver = true;
    this.next();
  }

  private next(): void {
    const { resolve } = this.step;
    this.step = Promise.withResolvers<void>();
    resolve();
  }
}

describe('a tool of a source that is still finding out', () => {
  it('is there as soon as the source knows of it, whatever else it still looks for', async () => {
    const source = new Settling();
    const directory = new ToolDirectory([source]);
    const found = directory.findSettled(caller, 'b');
    source.find('a');
    source.find('b');
    expect((await found)?.definition.name).toBe('b');
    expect(directory.settling).toBeDefined();
  });

  it('is not there when the source has given up', async () => {
    const source = new Settling();
    const directory = new ToolDirectory([source]);
    const found = directory.findSettled(caller, 'b');
    const whole = directory.settling;
    source.find('a');
    source.giveUp();
    expect(await found).toBeUndefined();
    await whole;
    expect(directory.settling).toBeUndefined();
  });
});
