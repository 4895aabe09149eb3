import { Module } from '@nestjs/common';
import { ToolSearch } from './tool-search.service.js';

/** Finding a tool among too many to list. */
@Module({ providers: [ToolSearch], exports: [ToolSearch] })
export class ToolSearchModule {}
