import type { FastifyInstance } from 'fastify';
import type { Config } from '#config/env.js';
import { API_BASE } from './http/base-path.js';
import type { JsonLimits } from './http/json-scan.js';

/**
 * Bodies that carry a payload of the client's own. The payload is held to 32 levels where it is checked, which names the
 * field, and of a batch fails one event and not all; the body as a whole may therefore go further before it is refused.
 */
const WITH_PAYLOAD: JsonLimits = { depth: 64, keys: 10_000 };

/** A thousand events of a hundred keys each; all in one object, they take JSON.parse 80 ms. */
const BATCH: JsonLimits = { depth: 64, keys: 100_000 };

const ROUTES: Readonly<Record<string, JsonLimits>> = {
  '/signals/events': WITH_PAYLOAD,
  '/signals/events/batch': BATCH,
  '/sessions': WITH_PAYLOAD,
  '/sessions/:id': WITH_PAYLOAD,
  '/state/session': WITH_PAYLOAD,
  '/v1/tools/:name/call': WITH_PAYLOAD,
};

/** Gives each route the limits of its body. */
export function limitBodies(fastify: FastifyInstance, config: Config): void {
  fastify.addHook('onRoute', (route) => {
    const json = ROUTES[route.url.replace(`/${API_BASE}`, '')];
    if (json) route.config = { ...route.config, json };
    if (json === BATCH) route.bodyLimit = config.MAX_BATCH_BYTES;
  });
}
