import { DockerEngineUnderTest } from './docker-engine.js';

/** Stops what global-setup started, and what suites started for each other. */
export default async function teardown(): Promise<void> {
  await globalThis.stopTestServer?.();
  await DockerEngineUnderTest.left()?.remove();
}
