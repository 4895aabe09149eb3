import type { Server } from 'node:https';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Config } from '#config/env.js';
import { type KeyPair, readKeyPairFiles, validityWarning } from '#config/tls-files.js';

/** By looking, not by being told: a watch on a file does not survive how secrets are mounted and renewed. */
const LOOK_EVERY_MS = 1_000;

type Settings = Pick<Config, 'TLS_ENABLED' | 'TLS_CERT_PATH' | 'TLS_KEY_PATH' | 'TLS_MIN_VERSION'>;

/** The key pair to serve with, or nothing where TLS is off. */
export function readKeyPair(config: Settings): KeyPair | undefined {
  const enabled = config.TLS_ENABLED ?? config.TLS_CERT_PATH !== undefined;
  return enabled ? readKeyPairFiles(config.TLS_CERT_PATH!, config.TLS_KEY_PATH!) : undefined;
}

const same = (a: KeyPair, b: KeyPair) => a.cert.equals(b.cert) && a.key.equals(b.key);

/**
 * Serves new connections with a renewed certificate; those that are open live on. Two files are not written at once: a
 * pair that does not fit leaves the old one in its place, and is told once.
 */
export function reloadKeyPair(fastify: FastifyInstance, config: Settings): void {
  let served = readKeyPair(config);
  if (!served) return;
  const logger = new Logger('Tls');
  const warn = (pair: KeyPair) => {
    const warning = validityWarning(pair);
    if (warning !== undefined) logger.warn(warning);
  };
  warn(served);
  let told: string | undefined;
  let suspected: string | undefined;
  const timer = setInterval(() => {
    try {
      const pair = readKeyPair(config)!;
      told = suspected = undefined;
      if (same(pair, served!)) return;
      (fastify.server as unknown as Server).setSecureContext({ ...pair, minVersion: config.TLS_MIN_VERSION });
      served = pair;
      logger.log('serving a renewed TLS certificate');
      warn(pair);
    } catch (error) {
      const { message } = error as Error;
      // Half a renewal looks like this for a moment: only what stays is a fault.
      if (message === suspected && message !== told) logger.error(`the old TLS certificate stays: ${(told = message)}`);
      suspected = message;
    }
  }, LOOK_EVERY_MS).unref();
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(timer);
    done();
  });
}
