import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EgressClient } from './egress-client.js';

/** The way out. It is closed when everybody who calls through it has stopped. */
@Global()
@Module({
  providers: [{ provide: EgressClient, useFactory: () => new EgressClient() }],
  exports: [EgressClient],
})
export class EgressModule implements OnApplicationShutdown {
  constructor(private readonly egress: EgressClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}
