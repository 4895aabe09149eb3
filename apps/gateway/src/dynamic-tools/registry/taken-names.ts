import { Injectable } from '@nestjs/common';
import type { ToolDirectory } from '#gateway/tools/tool-directory.js';

/** Knows which names are other tools'. The directory lists the tools that are made here, so it comes later, from above. */
@Injectable()
export class TakenNames {
  private directory: ToolDirectory | undefined;

  over(directory: ToolDirectory): this {
    this.directory = directory;
    return this;
  }

  /** Whether a tool other than a dynamic one has this name, for whatever tenant. */
  has(name: string): boolean {
    return this.directory?.named(name).some(({ upstream }) => upstream !== DYNAMIC) ?? false;
  }
}

/** `upstream` of every dynamic tool, in records and metrics. */
export const DYNAMIC = 'dynamic';
