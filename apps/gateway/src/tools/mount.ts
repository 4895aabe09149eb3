import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ToolDirectory } from './tool-directory.js';

/** What one address of the MCP endpoint shows. */
export interface Mount {
  /** `/mcp`, `/mcp/u/<upstream>`, `/mcp/v/<virtual server>`. */
  readonly path: string;
  readonly directory: ToolDirectory;
  /** What an agent should know before it looks at the tools; the gateway's own words where it says nothing. */
  readonly instructions?: string;
}

/** Mounts below one folder of `/mcp`. */
export abstract class MountProvider {
  abstract readonly folder: 'u' | 'v';
  /** The same object as long as it shows what it shows. Undefined for what this caller may not see, too. */
  abstract find(name: string, caller: Caller): Mount | undefined;
}

/** Injection token of everybody who has mounts. */
export const MOUNT_PROVIDERS = Symbol('MOUNT_PROVIDERS');

/** Where everything is that a caller may see. */
export const MAIN_PATH = '/mcp';

/** Injection token of what `/mcp` shows. */
export const MAIN_MOUNT = Symbol('MAIN_MOUNT');

const BELOW = /^\/mcp\/([uv])\/([a-z][a-z0-9-]{0,31})$/;

/** Every address at which MCP is spoken. */
@Injectable()
export class Mounts {
  /** The main one for those who speak no MCP: they are always shown everything. */
  readonly rest: Mount;

  constructor(
    directory: ToolDirectory,
    @Inject(MAIN_MOUNT) readonly main: Mount,
    @Inject(MOUNT_PROVIDERS) private readonly providers: readonly MountProvider[],
  ) {
    this.rest = { path: MAIN_PATH, directory };
  }

  /** @param path without a slash at its end; undefined for what this caller may not see, too */
  find(path: string, caller: Caller): Mount | undefined {
    if (path === MAIN_PATH) return this.main;
    const [, folder, name] = BELOW.exec(path) ?? [];
    return name === undefined
      ? undefined
      : this.providers.find((provider) => provider.folder === folder)?.find(name, caller);
  }
}
