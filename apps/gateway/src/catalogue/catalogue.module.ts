import { Module } from '@nestjs/common';
import { CatalogueMetrics } from './catalogue.metrics.js';
import { CatalogueSource } from './catalogue.source.js';

@Module({ providers: [CatalogueMetrics, CatalogueSource], exports: [CatalogueSource] })
export class CatalogueModule {}
