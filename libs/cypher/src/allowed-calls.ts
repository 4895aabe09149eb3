/** Procedures that read the graph or its schema, and nothing outside of it. */
export const READ_PROCEDURES: readonly string[] = [
  'db.labels',
  'db.relationshipTypes',
  'db.propertyKeys',
  'db.schema.visualization',
  'db.schema.nodeTypeProperties',
  'db.schema.relTypeProperties',
  'db.index.fulltext.queryNodes',
  'db.index.fulltext.queryRelationships',
  'db.index.fulltext.listAvailableAnalyzers',
  'db.index.vector.queryNodes',
  'db.index.vector.queryRelationships',
];

const CLOCKS = ['date', 'datetime', 'localdatetime', 'localtime', 'time'];

/** Cypher's own functions with a dot in their names: pure, but for the clock. */
export const READ_FUNCTIONS: readonly string[] = [
  ...CLOCKS.flatMap((type) => ['realtime', 'statement', 'transaction', 'truncate'].map((name) => `${type}.${name}`)),
  'datetime.fromEpoch',
  'datetime.fromEpochMillis',
  'duration.between',
  'duration.inDays',
  'duration.inMonths',
  'duration.inSeconds',
  'point.distance',
  'point.withinBBox',
  'vector.similarity.cosine',
  'vector.similarity.euclidean',
];
