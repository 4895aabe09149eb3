import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { keepKey } from '#config/kept-key.js';
import { splitList } from '#config/split-list.js';
import { defineError } from '#errors/define-error.js';
import { KeyRing } from '#gateway/seal/key-ring.js';

export const VaultClosed = defineError('vault_closed', 503, () => ({
  message: 'The gateway cannot keep what users let it do: its operator has to set VAULT_KEY.',
}));

/**
 * The keys that grants are encrypted with: of VAULT_KEY, else one of this gateway's own beside its embedded PostgreSQL,
 * made when it is first needed.
 */
@Injectable()
export class VaultKeys {
  private ring: KeyRing | undefined;

  constructor(private readonly config: ConfigService<Config, true>) {}

  /** @throws VaultClosed where replicas share a database, and no key */
  get(): KeyRing {
    this.ring ??= new KeyRing(this.secrets());
    return this.ring;
  }

  private secrets(): readonly Buffer[] {
    const given = splitList(this.config.get('VAULT_KEY', { infer: true }));
    if (given.length > 0) return given.map((key) => Buffer.from(key));
    // What is kept in memory is gone with the process, and so may its key be.
    if (this.config.get('ACHILLES_CORE', { infer: true }) === 'remote') return [randomBytes(32)];
    if (this.config.get('DATABASE_URL', { infer: true }) !== undefined) throw new VaultClosed();
    const file = join(this.config.get('DATA_DIR', { infer: true }), 'vault.key');
    keepKey(file);
    return [Buffer.from(readFileSync(file, 'utf8').trim())];
  }
}
