import { Module } from '@nestjs/common';
import { Seal } from './seal.service.js';

/** What the gateway gives out and takes back. One for all: without SESSION_KEY its key is of this process. */
@Module({ providers: [Seal], exports: [Seal] })
export class SealModule {}
