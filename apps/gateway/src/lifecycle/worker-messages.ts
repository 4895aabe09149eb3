import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** The metrics of one process, as prom-client gives them for adding up. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What a worker tells the primary. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string }
  /** Please gather what every worker has counted. */
  | { readonly kind: 'ask'; readonly id: number }
  | { readonly kind: 'figures'; readonly id: number; readonly figures: Figures };

/** What the primary tells a worker. */
export type ToWorker =
  | { readonly kind: 'count'; readonly id: number }
  | { readonly kind: 'gathered'; readonly id: number; readonly all: readonly Figures[] };
