import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import type { UpstreamDescription } from '../../upstream-connection.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import type { Dialogue } from './dialogue.js';
import type { EraMemory } from './era-memory.js';
import { CLIENT_INFO, MODERN_VERSION, modernMeta } from './request-meta.js';

/** How long a server may be silent about `server/discover` before it is greeted as older ones are, too. */
const SILENCE_MS = 2_000;

const NEWEST_LEGACY = '2025-11-25';
const LEGACY_VERSIONS: readonly unknown[] = [NEWEST_LEGACY, '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];

/** What every client of ours may be able to do; whoever cannot, refuses when it is asked. */
const CAPABILITIES = { roots: {}, sampling: { tools: {} }, elicitation: { form: {}, url: {} } };

/**
 * Begins a conversation, in the era that the upstream speaks. It is tried in the same conversation, and remembered, so
 * that the next one need not.
 * @throws UpstreamRpcError, BackendUnavailable, Error when it speaks neither, the signal's reason
 */
export async function greet(dialogue: Dialogue, eras: EraMemory, signal: AbortSignal): Promise<UpstreamDescription> {
  if (eras.known === 'legacy') {
    return initialise(dialogue, signal).catch((error: unknown) => {
      eras.forget();
      throw error;
    });
  }
  const discovered = discover(dialogue, signal);
  if (eras.known === 'modern' || eras.configured === 'modern') {
    const description = await discovered;
    if (description) return description;
    if (eras.configured === 'modern') throw new Error(`it does not speak ${MODERN_VERSION}`);
  }
  const description = await firstToAnswer(dialogue, discovered, signal);
  eras.learn(description.era);
  return description;
}

/** A program that is slow to start is silent, too: its answer still counts when it comes before the other one. */
async function firstToAnswer(
  dialogue: Dialogue,
  discovered: Promise<UpstreamDescription | undefined>,
  signal: AbortSignal,
): Promise<UpstreamDescription> {
  const patience = new AbortController();
  const silence = delay(SILENCE_MS, 'silence' as const, { signal: patience.signal }).catch(() => 'silence' as const);
  const early = await Promise.race([discovered, silence]);
  patience.abort();
  if (early !== 'silence') return early ?? initialise(dialogue, signal);
  const initialised = initialise(dialogue, signal);
  const modern = discovered.then((description) => description ?? initialised);
  return Promise.race([modern, initialised]);
}

/** @returns undefined when it answers with any error, or speaks no revision of ours */
async function discover(dialogue: Dialogue, signal: AbortSignal): Promise<UpstreamDescription | undefined> {
  let answer: JsonObject;
  try {
    const meta = (token: number) => modernMeta(undefined, token);
    answer = await dialogue.request({ method: 'server/discover', params: {}, signal, meta });
  } catch (error) {
    if (error instanceof UpstreamRpcError) return undefined;
    throw error;
  }
  const { supportedVersions, _meta } = answer;
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) return undefined;
  const serverInfo = isObject(_meta) ? _meta['io.modelcontextprotocol/serverInfo'] : undefined;
  return { era: 'modern', version: MODERN_VERSION, ...describe({ ...answer, serverInfo }) };
}

async function initialise(dialogue: Dialogue, signal: AbortSignal): Promise<UpstreamDescription> {
  const answer = await dialogue.request({
    method: 'initialize',
    params: { protocolVersion: NEWEST_LEGACY, capabilities: CAPABILITIES, clientInfo: CLIENT_INFO },
    signal,
  });
  const version = answer['protocolVersion'];
  if (!LEGACY_VERSIONS.includes(version)) {
    throw new Error(`it speaks a revision that is not known: ${JSON.stringify(version)?.slice(0, 32)}`);
  }
  dialogue.notify('notifications/initialized');
  return { era: 'legacy', version: version as string, ...describe(answer) };
}

function describe({ capabilities, serverInfo, instructions }: JsonObject) {
  return {
    capabilities: isObject(capabilities) ? capabilities : {},
    ...(isObject(serverInfo) && { serverInfo }),
    ...(typeof instructions === 'string' && { instructions }),
  };
}
