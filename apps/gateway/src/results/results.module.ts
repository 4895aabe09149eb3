import { Module } from '@nestjs/common';
import { JsonThread } from './json-thread.js';
import { KeptResultResources } from './kept-result-resources.js';
import { KeptResults } from './kept-results.js';
import { Repetitions } from './repetitions.js';
import { ResultEconomics } from './result-economics.service.js';
import { ResultMetrics } from './results.metrics.js';
import { ResultsSource } from './results.source.js';
import { Selections } from './selections.js';
import { Spills } from './spills.js';

/** What becomes of results that are large, wanted in part, or told already. */
@Module({
  providers: [
    ResultMetrics,
    JsonThread,
    KeptResults,
    KeptResultResources,
    Selections,
    Repetitions,
    Spills,
    ResultEconomics,
    ResultsSource,
  ],
  exports: [ResultEconomics, ResultsSource],
})
export class ResultsModule {}
