import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import type { Gateway } from './boot-gateway.js';
import { eventually } from './embedded-stage.js';

/** Resolves when the gateway has seen what all of these offer. */
export async function untilConnected({ app }: Gateway, names: readonly string[]): Promise<void> {
  const registry = app.get(UpstreamRegistry, { strict: false });
  await eventually(() => {
    const away = names.filter((name) => registry.find(name)?.state !== 'connected');
    if (away.length > 0) throw new Error(`still away: ${away.join(', ')}`);
  }, 60_000);
}
