import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EgressClient } from './egress-client.js';

/** The way out. It is closed when everybody who calls through it has stopped. */
@Global()
@Module({})
export class EgressModule implements OnApplicationShutdown {
  constructor(private readonly egress: EgressClient) {}

  /** @param client another one, for tests of where it goes */
  static for(client?: EgressClient): DynamicModule {
    return {
      module: EgressModule,
      providers: [{ provide: EgressClient, useFactory: () => client ?? new EgressClient() }],
      exports: [EgressClient],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}
