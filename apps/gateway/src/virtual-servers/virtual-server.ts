import type { VirtualServerSpec } from '#config/virtual-servers.js';
import type { Caller } from '#core/caller.js';
import { MAIN_PATH, type Mount } from '#gateway/tools/mount.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { ToolSource } from '#gateway/tools/tool-source.js';
import type { Beside } from './virtual-source.js';
import { VirtualSource } from './virtual-source.js';

export const pathOf = (name: string): string => `${MAIN_PATH}/v/${name}`;

/** One virtual server, as it is configured now. A changed one is another object. */
export class VirtualServer {
  readonly source: VirtualSource;
  /** With all of its tools; where it asks for tool search, that is laid over it. */
  readonly mount: Mount;
  private readonly tenants: ReadonlySet<string> | undefined;

  constructor(
    readonly spec: VirtualServerSpec,
    readonly origin: 'file' | 'admin',
    directory: ToolDirectory,
    { common, ...beside }: Beside & { readonly common: readonly ToolSource[] },
  ) {
    this.source = new VirtualSource(spec, directory, beside);
    this.tenants = spec.tenants && new Set(spec.tenants);
    this.mount = {
      path: pathOf(spec.name),
      directory: new ToolDirectory([...common, this.source]),
      ...(spec.description !== undefined && { instructions: spec.description }),
    };
  }

  isVisibleTo({ tenant }: Caller): boolean {
    return !this.tenants || this.tenants.has(tenant);
  }
}
