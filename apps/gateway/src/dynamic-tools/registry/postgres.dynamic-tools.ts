import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import type {
  DynamicToolDraft,
  DynamicToolPatch,
  DynamicToolRecord,
  DynamicToolVersion,
} from '../dynamic-tool.schema.js';
import {
  ApprovedByAuthor,
  DynamicToolChanged,
  DynamicToolNotFound,
  DynamicToolVersionNotFound,
  NothingToApprove,
  NothingToGrant,
} from '../dynamic-tools.errors.js';
import { DynamicTools, type Expected } from '../dynamic-tools.service.js';
import { contentOf, declarationOf, isSameContent, patched } from './content.js';
import { contributorsOf } from './contributors.js';
import { DraftCheck } from './draft-check.js';
import { recordOf, versionOf } from './tool-records.js';
import type { ToolAndVersion, ToolRow } from './tool-row.js';
import { ToolStore } from './tool-store.js';
import { ToolChanges } from './tool-changes.js';

/** Dynamic tools in PostgreSQL: what may become of them. */
@Injectable()
export class PostgresDynamicTools extends DynamicTools {
  private readonly needsApproval: boolean;

  constructor(
    private readonly store: ToolStore,
    private readonly check: DraftCheck,
    private readonly changes: ToolChanges,
    config: ConfigService<Config, true>,
  ) {
    super();
    this.needsApproval = config.get('DYNAMIC_TOOLS_REQUIRE_APPROVAL', { infer: true });
  }

  async list({ tenant }: Caller, includeCode: boolean): Promise<DynamicToolRecord[]> {
    const found = await this.store.rows.list(tenant, includeCode);
    return found.map((each) => recordOf(each, includeCode));
  }

  async get({ tenant }: Caller, name: string): Promise<DynamicToolRecord> {
    return recordOf(await this.existing(tenant, name), true);
  }

  async create(caller: Caller, draft: DynamicToolDraft): Promise<DynamicToolRecord> {
    this.changes.assertAllowed();
    const { name, enabled = true } = draft;
    this.check.checkName(name);
    const content = contentOf(draft);
    await this.check.check(content);
    return shown(await this.changes.make(caller, name, enabled, { content, isLive: !this.needsApproval }));
  }

  async update(caller: Caller, name: string, patch: DynamicToolPatch, expected: Expected): Promise<DynamicToolRecord> {
    const changed = await this.changes.change(caller, name, expected, async ({ tool, definition, code }) => {
      const old = { definition, code: code! };
      const content = patched(old, patch);
      const enabled = patch.enabled !== undefined && patch.enabled !== tool.enabled ? patch.enabled : undefined;
      const isSame = isSameContent(old, content);
      if (isSame && enabled === undefined) return undefined;
      if (isSame) return { enabled };
      this.changes.assertMayTouch(caller, tool);
      await this.check.check(content);
      return { enabled, version: { content, isLive: !this.needsApproval } };
    });
    return shown(changed);
  }

  delete(caller: Caller, name: string, expected: Expected): Promise<number> {
    return this.changes.remove(caller, name, expected);
  }

  async enable(caller: Caller, name: string, enabled: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const changed = await this.changes.change(caller, name, expected, ({ tool }) =>
      tool.enabled === enabled ? undefined : { enabled },
    );
    return shown(changed);
  }

  async history({ tenant }: Caller, name: string): Promise<DynamicToolVersion[]> {
    const { tool } = await this.everSeen(tenant, name);
    return (await this.store.rows.versions(tool.id)).map((version) => versionOf(version, tool.live));
  }

  async version({ tenant }: Caller, name: string, version: number): Promise<DynamicToolRecord> {
    const { tool } = await this.everSeen(tenant, name);
    const { definition, code, code_sha256: codeSha256 } = await this.versionOf(tool, version);
    const codeBytes = Buffer.byteLength(code);
    return recordOf({ tool, version, definition, code, codeSha256, codeBytes }, true);
  }

  async rollback(caller: Caller, name: string, version: number, expected: Expected): Promise<DynamicToolRecord> {
    this.changes.assertAllowed();
    const { tool } = await this.everSeen(caller.tenant, name);
    const { definition, code } = await this.versionOf(tool, version);
    const content = { definition, code };
    // What was allowed once need not be any more.
    this.check.checkName(name);
    await this.check.check(content);
    const restored = { content, isLive: !this.needsApproval, restored: version };
    if (tool.deleted_at) {
      if (expected !== undefined) throw new DynamicToolNotFound(name);
      return shown(await this.changes.make(caller, name, tool.enabled, restored));
    }
    const changed = await this.changes.change(caller, name, expected, ({ tool: now }) => {
      this.changes.assertMayTouch(caller, now);
      return { version: restored };
    });
    return shown(changed);
  }

  async approve(caller: Caller, name: string, expected: Expected): Promise<DynamicToolRecord> {
    const assertSeen = oneVersion();
    const changed = await this.changes.change(caller, name, expected, async ({ tool }) => {
      assertSeen(tool);
      if (tool.live === tool.latest) throw new NothingToApprove(name);
      this.changes.assertMayTouch(caller, tool);
      await this.assertNotAuthor(caller, tool);
      return { approve: true };
    });
    return shown(changed);
  }

  async grant(caller: Caller, name: string, granted: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const assertSeen = oneVersion();
    const changed = await this.changes.change(caller, name, expected, async ({ tool, definition }) => {
      assertSeen(tool);
      if (!granted) return tool.granted === null ? undefined : { granted: null };
      const declared = declarationOf(definition);
      if (declared === undefined) throw new NothingToGrant(name);
      this.changes.assertMayTouch(caller, tool);
      await this.assertNotAuthor(caller, tool);
      return tool.granted === declared ? undefined : { granted: declared };
    });
    return shown(changed);
  }

  async publish(caller: Caller, name: string, published: boolean, expected: Expected): Promise<DynamicToolRecord> {
    const changed = await this.changes.change(caller, name, expected, ({ tool }) =>
      tool.published === published ? undefined : { published },
    );
    return shown(changed);
  }

  /** @throws DynamicToolNotFound for one that was deleted, too */
  private async existing(tenant: string, name: string): Promise<ToolAndVersion> {
    const found = await this.everSeen(tenant, name);
    if (found.tool.deleted_at) throw new DynamicToolNotFound(name);
    return found;
  }

  private async everSeen(tenant: string, name: string): Promise<ToolAndVersion> {
    const found = await this.store.rows.find(tenant, name);
    if (!found) throw new DynamicToolNotFound(name);
    return found;
  }

  private async versionOf({ id, name }: ToolRow, version: number) {
    const found = await this.store.rows.version(id, version);
    if (!found) throw new DynamicToolVersionNotFound(name, version);
    return found;
  }

  /** Where changes are approved, nobody approves his own, and nobody grants his own code anything. */
  private async assertNotAuthor({ subject }: Caller, { id, created_at: madeAt }: ToolRow): Promise<void> {
    if (!this.needsApproval) return;
    const history = await this.store.rows.versions(id);
    if (contributorsOf(history, madeAt).has(subject)) throw new ApprovedByAuthor();
  }
}

const shown = (found: ToolAndVersion): DynamicToolRecord => recordOf(found, false);

/** Nobody agrees to a version that has come between. @returns what throws DynamicToolChanged for another than before */
function oneVersion(): (tool: ToolRow) => void {
  let seen: number | undefined;
  return ({ name, latest, revision }) => {
    if (seen !== undefined && seen !== latest) throw new DynamicToolChanged(name, revision);
    seen = latest;
  };
}
