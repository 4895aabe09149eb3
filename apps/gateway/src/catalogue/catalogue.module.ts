import { Module } from '@nestjs/common';
import { CatalogueSource } from './catalogue.source.js';

@Module({ providers: [CatalogueSource], exports: [CatalogueSource] })
export class CatalogueModule {}
