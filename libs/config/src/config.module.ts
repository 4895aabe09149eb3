import type { DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule } from '@nestjs/config';
import type { Config } from './env.js';

/**
 * Provides one parsed configuration through `ConfigService<Config, true>`. The environment has been read and checked
 * before: the process's variables are not looked at again, so that ten gateways fit in one process.
 */
export const ConfigModule = {
  for(config: Config): Promise<DynamicModule> {
    return NestConfigModule.forRoot({
      isGlobal: true,
      ignoreEnvFile: true,
      skipProcessEnv: true,
      load: [() => config],
    });
  },
};
