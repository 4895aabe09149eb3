import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { Database } from './database.js';
import { Store } from './store.js';
import { StoreHealth } from './store-health.js';

/** Opens the store before anything that needs it is made, and closes it after everything else has stopped. */
@Module({
  providers: [
    {
      provide: Store,
      inject: [ConfigService],
      useFactory: (config: ConfigService<Config, true>) =>
        Store.open({
          DATABASE_URL: config.get('DATABASE_URL', { infer: true }),
          DATABASE_POOL_SIZE: config.get('DATABASE_POOL_SIZE', { infer: true }),
          DATABASE_START_TIMEOUT_SECONDS: config.get('DATABASE_START_TIMEOUT_SECONDS', { infer: true }),
          DATA_DIR: config.get('DATA_DIR', { infer: true }),
        }),
    },
    { provide: Database, inject: [Store], useFactory: (store: Store) => store.database },
    { provide: StoreHealth, inject: [Store], useFactory: (store: Store) => store.health },
  ],
  exports: [Store, Database, StoreHealth],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly store: Store) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}
