import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type {
  DynamicToolDraft,
  DynamicToolPatch,
  DynamicToolRecord,
  DynamicToolVersion,
} from './dynamic-tool.schema.js';

/** Only when the tool is at this revision; undefined: whichever it is at. */
export type Expected = number | undefined;

/**
 * The dynamic tools of the caller's tenant, for its administrators: whoever calls this has seen to it that the caller is
 * one. What is changed here is callable in this process when the promise resolves, on other replicas within a second.
 * Every method throws NoToolStore where there is no database; every one that changes anything DynamicToolsReadOnly.
 */
@Injectable()
export abstract class DynamicTools {
  /** By name. */
  abstract list(caller: Caller, includeCode: boolean): Promise<DynamicToolRecord[]>;
  /** With its code. @throws DynamicToolNotFound */
  abstract get(caller: Caller, name: string): Promise<DynamicToolRecord>;
  /** @throws ValidationFailed, DynamicToolExists, TooManyDynamicTools, ImageNotAllowed, PackageNotAllowed */
  abstract create(caller: Caller, draft: DynamicToolDraft): Promise<DynamicToolRecord>;
  /** @throws ValidationFailed, DynamicToolNotFound, DynamicToolChanged, ImageNotAllowed, PackageNotAllowed */
  abstract update(
    caller: Caller,
    name: string,
    patch: DynamicToolPatch,
    expected: Expected,
  ): Promise<DynamicToolRecord>;
  /** @returns the revision that what is left of it is at @throws DynamicToolNotFound, DynamicToolChanged */
  abstract delete(caller: Caller, name: string, expected: Expected): Promise<number>;
  /** @throws DynamicToolNotFound, DynamicToolChanged */
  abstract enable(caller: Caller, name: string, enabled: boolean, expected: Expected): Promise<DynamicToolRecord>;
  /** Newest first; of a tool that was deleted, too. @throws DynamicToolNotFound */
  abstract history(caller: Caller, name: string): Promise<DynamicToolVersion[]>;
  /** One version as the tool was then, with its code. @throws DynamicToolNotFound, DynamicToolVersionNotFound */
  abstract version(caller: Caller, name: string, version: number): Promise<DynamicToolRecord>;
  /** Makes a new version that is like an old one; brings back a tool that was deleted. @throws as `update`, DynamicToolVersionNotFound */
  abstract rollback(caller: Caller, name: string, version: number, expected: Expected): Promise<DynamicToolRecord>;
  /** Makes the latest version the one that is called. @throws DynamicToolNotFound, DynamicToolChanged, NothingToApprove, ApprovedByAuthor */
  abstract approve(caller: Caller, name: string, expected: Expected): Promise<DynamicToolRecord>;
  /** Grants, or takes back, the host functions that the latest version asks for. @throws DynamicToolNotFound, DynamicToolChanged, NothingToGrant, ApprovedByAuthor */
  abstract grant(caller: Caller, name: string, granted: boolean, expected: Expected): Promise<DynamicToolRecord>;
  /** Shows it to every tenant, or no longer. The caller has the scope `tools:publish`. @throws DynamicToolNotFound, DynamicToolChanged, DynamicToolExists */
  abstract publish(caller: Caller, name: string, published: boolean, expected: Expected): Promise<DynamicToolRecord>;
}
