import { mkdir, writeFile } from 'node:fs/promises';
import { benchAttack } from './attack.js';
import { benchAudit } from './audit.js';
import { benchDynamic } from './dynamic.js';
import { benchFlat } from './flat.js';
import { benchGoverned } from './governed.js';
import { benchIngest } from './ingest.js';
import { benchMcp } from './mcp.js';
import { benchProcessing } from './processing.js';
import { benchStart } from './start.js';
import { benchTokens } from './tokens.js';
import { benchUpstreams } from './upstreams.js';
import { BenchGateway } from './support/processes.js';
import { type Figure, holds, toTable } from './support/report.js';

// Every figure and its baseline in one run, on the machine it is run on: `npm run bench [-- ingest flat …]`.
const BENCHES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: benchStart,
  governed: benchGoverned,
  tokens: benchTokens,
  audit: benchAudit,
  mcp: benchMcp,
  upstreams: () => benchUpstreams(),
  dynamic: benchDynamic,
  attack: () => onFreshGateway(benchAttack),
  ingest: () => onFreshGateway(benchIngest),
  flat: () => onFreshGateway(benchFlat),
  processing: () => onFreshGateway(benchProcessing),
};

async function onFreshGateway(bench: (gateway: BenchGateway) => Promise<Figure[]>): Promise<Figure[]> {
  await using gateway = await BenchGateway.start();
  return await bench(gateway);
}

const chosen = process.argv.slice(2);
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stderr.write(`bench: ${name}\n`);
  figures.push(...(await bench()));
}
process.stdout.write(`${toTable(figures)}\n`);
await mkdir('bench/results', { recursive: true });
const results = figures.map((figure) => ({ ...figure, holds: holds(figure) }));
await writeFile(
  'bench/results/latest.json',
  `${JSON.stringify({ node: process.version, figures: results }, null, 2)}\n`,
);
