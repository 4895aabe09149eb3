import { environment, flag, line, names, npx, type PresetEntry, takeOut } from './preset-entry.js';

const PACKAGE = '@brightdata/mcp@2.11.3';
const REMOTE = 'https://mcp.brightdata.com/mcp';
const TOKEN = 'BRIGHTDATA_API_TOKEN';

const OWN = ['remote', 'groups', 'tools_extra', 'pro', 'rate_limit', 'zones', 'polling_seconds'];
/** What only the package is told: the remote server has settings of the account for it. */
const OF_PACKAGE = [
  'pro',
  'rate_limit',
  'zones',
  'polling_seconds',
  'command',
  'args',
  'env',
  'env_from',
  'cwd',
  'kind',
];

const GROUPS: readonly string[] = [
  'ecommerce',
  'social',
  'browser',
  'finance',
  'business',
  'research',
  'app_stores',
  'travel',
  'advanced_scraping',
  'geo',
  'code',
  'custom',
];

/** Searches and pages; data sets are collected first, and asked for every second meanwhile. */
const TIMEOUT_SECONDS = 120;
const POLLING_SECONDS = 600;
const SPARE_SECONDS = 30;

/** Tools that drive a browser: it stands open in the process, at some page. */
const isOfBrowser = (tool: string) => tool.startsWith('scraping_browser_');

/**
 * Bright Data: its package, or with `remote` its server. The token comes from BRIGHTDATA_API_TOKEN, or the file that
 * BRIGHTDATA_API_TOKEN_FILE names.
 */
export function brightdata(own: PresetEntry): PresetEntry {
  const { taken, rest } = takeOut(own, OWN);
  const groups = names('groups', taken['groups']);
  const unknown = groups.find((group) => !GROUPS.includes(group));
  if (unknown !== undefined) throw new Error(`groups must be of ${GROUPS.join(', ')}, not ${unknown}`);
  const tools = names('tools_extra', taken['tools_extra']);
  const polling = secondsIn(taken['polling_seconds']);
  const terms = {
    timeout_seconds: TIMEOUT_SECONDS,
    tools: { ...asObject('tools', rest['tools']), ...pollingTools(polling) },
  };
  const { tools: _, ...others } = rest;
  if (flag('remote', taken['remote'])) return remote(groups, tools, terms, own, others);
  const zones = asObject('zones', taken['zones']);
  const pro = flag('pro', taken['pro']);
  const browses = pro || groups.includes('browser') || tools.some(isOfBrowser);
  const entry = environment(others, {
    GROUPS: groups.join(',') || undefined,
    TOOLS: tools.join(',') || undefined,
    PRO_MODE: pro ? 'true' : undefined,
    RATE_LIMIT: rateIn(taken['rate_limit']),
    WEB_UNLOCKER_ZONE: line('zones.web_unlocker', zones['web_unlocker']),
    BROWSER_ZONE: line('zones.browser', zones['browser']),
    POLLING_TIMEOUT: String(polling),
  });
  return npx(
    PACKAGE,
    { ...entry, env_from: { API_TOKEN: TOKEN, ...asObject('env_from', rest['env_from']) } },
    { terms: { ...terms, ...(browses && { sessions: 'principal', idle_seconds: 600 }) } },
  );
}

function remote(
  groups: readonly string[],
  tools: readonly string[],
  terms: PresetEntry,
  own: PresetEntry,
  others: PresetEntry,
): PresetEntry {
  const odd = OF_PACKAGE.find((name) => name in own);
  if (odd !== undefined) throw new Error(`${odd} does not go with remote`);
  const url = new URL(line('url', others['url']) ?? REMOTE);
  if (groups.length > 0) url.searchParams.set('groups', groups.join(','));
  if (tools.length > 0) url.searchParams.set('tools', tools.join(','));
  const auth = { kind: 'query', name: 'token', value_env: TOKEN };
  return { kind: 'http', auth, ...terms, ...others, url: url.href };
}

/** The first pattern that fits counts: what the operator wrote stands before. */
const pollingTools = (polling: number) => ({
  'web_data_*': { timeout_seconds: polling + SPARE_SECONDS },
  discover: { timeout_seconds: polling + SPARE_SECONDS },
});

function secondsIn(value: unknown): number {
  if (value === undefined) return POLLING_SECONDS;
  const isGood = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 3_000;
  if (!isGood) throw new Error('polling_seconds must be a whole number from 1 to 3000');
  return value as number;
}

function rateIn(value: unknown): string | undefined {
  const rate = line('rate_limit', value);
  if (rate !== undefined && !/^\d+\/\d+[mhs]$/.test(rate)) throw new Error('rate_limit must be like 100/1h or 50/30m');
  return rate;
}

function asObject(name: string, value: unknown): PresetEntry {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} must be object`);
  return value as PresetEntry;
}
