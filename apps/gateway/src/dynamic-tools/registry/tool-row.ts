import type { Definition } from './content.js';

/** A name of a tenant as it is stored, and the latest version that it has. */
export interface ToolRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly revision: number;
  readonly live: number | null;
  readonly latest: number;
  readonly enabled: boolean;
  readonly published: boolean;
  readonly granted: string | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly updated_by: string;
  readonly deleted_at: Date | null;
}

/** One version, without its code. */
export interface VersionRow {
  readonly version: number;
  readonly code_sha256: string;
  readonly restored: number | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly approved_at: Date | null;
  readonly approved_by: string | null;
}

/** A tool, with what one version of it says. `code`: only where it was asked for. */
export interface ToolAndVersion {
  readonly tool: ToolRow;
  readonly version: number;
  readonly definition: Definition;
  readonly code?: string;
  readonly codeSha256: string;
  readonly codeBytes: number;
}

/** What is called, and by whom: a tool that is enabled and has a live version. */
export interface LiveRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly revision: number;
  readonly published: boolean;
  readonly granted: string | null;
  readonly version: number;
  readonly definition: Definition;
}

/** What stands in the table of one tool now. */
export interface ToolState {
  readonly id: string;
  readonly revision: number;
  readonly isThere: boolean;
  /** Undefined: it cannot be called. */
  readonly live?: LiveRow;
}
