import { loadConfig } from '#config/load-config.js';
import { createApp } from '#gateway/create-app.js';
import { announce } from '#gateway/lifecycle/announce.js';
import { EverythingSource } from './everything.source.js';

// The gateway as a process of its own, with the tools of the official suite in it.
const config = loadConfig();
const app = await createApp(config, { sources: [EverythingSource] });
await app.listen({ host: config.HOST, port: config.PORT });
announce(await app.getUrl());
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
