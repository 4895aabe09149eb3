import type { DynamicToolRecord, DynamicToolVersion } from '../dynamic-tool.schema.js';
import { declarationOf } from './content.js';
import type { ToolAndVersion, VersionRow } from './tool-row.js';

/** A tool as its administrators see it. */
export function recordOf(
  { tool, definition, code, codeSha256, codeBytes }: ToolAndVersion,
  withCode: boolean,
): DynamicToolRecord {
  const declared = declarationOf(definition);
  return {
    name: tool.name,
    ...definition,
    hostFunctionsGranted: declared !== undefined && tool.granted === declared,
    enabled: tool.enabled,
    published: tool.published,
    revision: tool.revision,
    version: tool.live,
    latestVersion: tool.latest,
    codeSizeBytes: codeBytes,
    codeSha256,
    createdAt: tool.created_at.toISOString(),
    createdBy: tool.created_by,
    updatedAt: tool.updated_at.toISOString(),
    updatedBy: tool.updated_by,
    ...(withCode && code !== undefined && { code }),
  };
}

export function versionOf(row: VersionRow, live: number | null): DynamicToolVersion {
  const { version, approved_at, approved_by, restored } = row;
  return {
    version,
    state: version === live ? 'live' : approved_at ? 'approved' : 'pending',
    codeSha256: row.code_sha256,
    ...(restored !== null && { restored }),
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    ...(approved_at && { approvedAt: approved_at.toISOString() }),
    ...(approved_by !== null && { approvedBy: approved_by }),
  };
}
