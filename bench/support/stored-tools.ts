import { hash } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';

const CODE = 'return { total: args.a + args.b };';

/** As a tool is stored whose draft says no more than it must, and a schema. */
const DEFINITION = {
  title: 'A stored tool',
  description: `Adds two numbers, of which there are two. ${'It is described at some length, as tools are. '.repeat(4)}`,
  inputSchema: {
    type: 'object',
    properties: { a: { type: 'number', description: 'One of them' }, b: { type: 'number', description: 'The other' } },
    required: ['a', 'b'],
    additionalProperties: false,
  },
  engine: 'wasm',
  timeoutMs: 30_000,
  dependencies: [],
  tier: 'bronze',
  scopes: ['tools:call'],
};

/** Puts so many tools of each tenant into the tables, past the gateway: it has to be started afterwards. */
export async function storeTools(connection: ClientConfig, tenants: readonly string[], each: number): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query(
      `with made as (
         insert into dynamic_tools (id, tenant, name, live, created_by, updated_by)
         select gen_random_uuid(), tenant, 'stored_' || lpad(n::text, 5, '0'), 1, 'bench', 'bench'
         from unnest($1::text[]) tenant, generate_series(1, $2::int) n
         returning id
       )
       insert into dynamic_tool_versions (tool, version, definition, code, code_sha256, created_by, approved_at, approved_by)
       select id, 1, $3::jsonb, $4, $5, 'bench', now(), 'bench' from made`,
      [tenants, each, JSON.stringify(DEFINITION), CODE, hash('sha256', CODE)],
    );
    await client.query('analyze dynamic_tools, dynamic_tool_versions');
  } finally {
    await client.end();
  }
}
