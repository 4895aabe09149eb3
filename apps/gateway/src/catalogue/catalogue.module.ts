import { Module } from '@nestjs/common';
import { CypherJudge } from '#cypher/cypher-judge.js';
import { CatalogueMetrics } from './catalogue.metrics.js';
import { CatalogueSource } from './catalogue.source.js';

@Module({
  providers: [CatalogueMetrics, { provide: CypherJudge, useFactory: () => new CypherJudge() }, CatalogueSource],
  exports: [CatalogueSource],
})
export class CatalogueModule {}
