import { Instant } from '#core/wire.js';
import { array, boolean, integer, maybe, object, oneOf, record, string, type Static } from '#schema/schema.js';

const Shared = {
  name: string(),
  path: string({ description: 'Where MCP is spoken.' }),
  origin: oneOf(['file', 'admin'], { description: 'Who wrote it. What stands in the file changes there only.' }),
  title: maybe(string()),
  description: maybe(string()),
  tenants: maybe(array(string(), { description: 'To others it is not there.' })),
  search: boolean({ description: 'True: it lists tools to search with.' }),
  offered: integer({ description: 'Tools that it shows now, whoever may see them.' }),
  revision: maybe(integer({ description: 'Of one of the API: what If-Match wants.' })),
} as const;

/** A virtual server in the list. */
export const VirtualServerOut = object(Shared, { $id: 'VirtualServer' });
export type VirtualServerOut = Static<typeof VirtualServerOut>;

export const VirtualServerList = object({ virtual_servers: array(VirtualServerOut) }, { $id: 'VirtualServerList' });

/** A virtual server by itself. */
export const VirtualServerDetail = object(
  {
    ...Shared,
    entry: record(undefined, { description: 'As it is configured, defaults filled in.' }),
    tools: array(
      object({
        name: string(),
        tool: string({ description: 'Its name at /mcp.' }),
        upstream: string(),
      }),
    ),
    unresolved: array(object({ tool: string(), reason: string() }, { description: 'Selected, and not shown.' })),
    created_at: maybe(Instant),
    created_by: maybe(string()),
    updated_at: maybe(Instant),
    updated_by: maybe(string()),
  },
  { $id: 'VirtualServerDetail' },
);
export type VirtualServerDetail = Static<typeof VirtualServerDetail>;

/** An entry of `virtual_servers` in `config/upstreams.yaml`, as JSON. */
export const VirtualServerBody = record(undefined, {
  $id: 'VirtualServerEntry',
  description: 'An entry of virtual_servers in config/upstreams.yaml. Where the path has no name: with `name`.',
});
