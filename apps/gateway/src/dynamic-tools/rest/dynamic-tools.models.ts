import { pageOf } from '#core/page.js';
import { array, integer, maybe, object, type Static } from '#schema/schema.js';
import { DynamicToolDraft, DynamicToolRecord, DynamicToolVersion } from '../dynamic-tool.schema.js';

export const DynamicToolPage = pageOf(DynamicToolRecord);

/** Newest first. */
export const DynamicToolHistory = object({ versions: array(DynamicToolVersion) }, { $id: 'DynamicToolHistory' });

export const RollbackBody = object(
  { version: integer({ minimum: 1, maximum: 2_147_483_647, description: 'The version to go back to.' }) },
  { additionalProperties: false },
);

const { code, engine, image, dependencies, timeoutMs } = DynamicToolDraft.properties;

/** Code that is run once and kept nowhere. */
export const RunBody = object(
  { code, args: maybe({ description: 'Any JSON value. Default: {}.' }), engine, image, dependencies, timeoutMs },
  { $id: 'RunBody', additionalProperties: false },
);
export type RunBody = Static<typeof RunBody>;
