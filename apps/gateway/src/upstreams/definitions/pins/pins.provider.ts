import type { FactoryProvider } from '@nestjs/common';
import { Database } from '#database/database.js';
import { MemoryPins } from './memory.pins.js';
import { Pins } from './pins.js';
import { PostgresPins } from './postgres.pins.js';

/** With a remote Core there is no database: what was approved is then known to this process only. */
export const PINS: FactoryProvider<Pins> = {
  provide: Pins,
  inject: [{ token: Database, optional: true }],
  useFactory: (database?: Database) => (database ? new PostgresPins(database) : new MemoryPins()),
};
