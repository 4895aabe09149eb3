import { Module } from '@nestjs/common';
import { BuiltinToolSource } from './builtin-tools.source.js';

@Module({ providers: [BuiltinToolSource], exports: [BuiltinToolSource] })
export class BuiltinToolsModule {}
