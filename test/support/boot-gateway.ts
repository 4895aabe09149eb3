import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseConfig } from '#config/load-config.js';
import type { AppOptions } from '#gateway/app.module.js';
import { createApp } from '#gateway/create-app.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Api } from './api.js';
import { TestDatabase } from './postgres.js';
import { SESSION_KEY } from './session-key.js';

/** The real application on a port of its own, and a database of its own unless one is given. */
export class Gateway implements AsyncDisposable {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly api: Api,
    readonly database: TestDatabase | undefined,
    /** Where this gateway keeps files of its own. */
    readonly folder: string,
  ) {}

  /** @param options `upstreams`: what stands in the upstreams file */
  static async boot(
    settings: Readonly<Record<string, string | number>> = {},
    { upstreams, ...options }: AppOptions & { readonly upstreams?: object } = {},
  ): Promise<Gateway> {
    const needsDatabase = settings['DATABASE_URL'] === undefined && settings['ACHILLES_CORE'] !== 'remote';
    const database = needsDatabase ? await TestDatabase.create() : undefined;
    const folder = await mkdtemp(join(tmpdir(), 'achilles-gateway-'));
    const upstreamsFile = join(folder, 'upstreams.yaml');
    // YAML is JSON, and more.
    if (upstreams) await writeFile(upstreamsFile, JSON.stringify(upstreams));
    const config = parseConfig({
      LOG_LEVEL: 'fatal',
      DATABASE_POOL_SIZE: 4,
      DATA_DIR: folder,
      AUDIT_FILE: join(folder, 'audit.jsonl'),
      RATE_LIMIT_RPM: 1_000_000_000,
      RATE_LIMITS_FILE: join(folder, 'rate-limits.yaml'),
      ISSUERS_FILE: join(folder, 'issuers.yaml'),
      TOOLS_FILE: 'config/tools.yaml',
      UPSTREAMS_FILE: upstreamsFile,
      SESSION_KEY,
      ...(database && { DATABASE_URL: database.url }),
      ...settings,
    });
    const app = await createApp(config, options).catch(async (error: Error) => {
      // Nothing is left of a gateway that did not start: the next suite of this process counts its databases from one.
      await database?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    return new Gateway(app, url, new Api(`${url}/${API_BASE}`), database, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.database?.[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
