import { readFileSync } from 'node:fs';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Variables } from '#config/backend-variables.js';
import { secretIn, type SecretMember, secretPlace } from '#config/upstream-auth.js';
import { upstreamVariables } from '#config/upstream-variables.js';
import type { UpstreamAuth } from '#config/upstreams-file.js';
import { WatchedFile } from '#config/watched-file.js';
import { CredentialsMetrics } from './credentials.metrics.js';

/** A secret as it is now. */
export interface Secret {
  /** Undefined while there is none that can be sent. */
  readonly value: string | undefined;
  /** Looks again at once. */
  readAgain(): void;
}

/**
 * The secrets that upstreams are shown. A file is watched once, whoever names it: what is watched is bounded by what the
 * operator has ever written.
 */
@Injectable()
export class Secrets implements OnApplicationShutdown {
  private readonly files = new Map<string, SecretFile>();

  private readonly variable: Variables;

  constructor(
    config: ConfigService<Config, true>,
    private readonly metrics: CredentialsMetrics,
  ) {
    this.variable = upstreamVariables((name) => config.get(name as keyof Config));
  }

  /** @returns undefined where the entry names none */
  of(auth: UpstreamAuth, member: SecretMember): Secret | undefined {
    const place = secretPlace(auth, member, this.variable);
    if (place === undefined) return undefined;
    return 'file' in place ? this.file(auth.kind, place.file) : fixed(secretIn(auth.kind, place.value));
  }

  /** Of the environment, or of the file that stands for it. */
  ofVariable(name: string): Secret {
    const value = this.variable(name);
    const file = this.variable(`${name}_FILE`);
    if (value !== undefined || file === undefined) return fixed(value);
    return this.file('header', file);
  }

  onApplicationShutdown(): void {
    for (const file of this.files.values()) file.close();
  }

  private file(kind: UpstreamAuth['kind'], path: string): Secret {
    const key = `${kind === 'bearer' ? 'token' : 'text'} ${path}`;
    let file = this.files.get(key);
    if (!file) this.files.set(key, (file = new SecretFile(path, (text) => secretIn(kind, text), this.metrics)));
    return file;
  }
}

const fixed = (value: string | undefined): Secret => ({ value, readAgain: () => undefined });

/** What can be sent stays in use until something else can be. */
class SecretFile implements Secret {
  value: string | undefined;
  private readonly logger = new Logger('Upstreams');
  private readonly watched: WatchedFile;

  constructor(
    private readonly path: string,
    private readonly secretIn: (text: string) => string | undefined,
    private readonly metrics: CredentialsMetrics,
  ) {
    this.watched = new WatchedFile(path, () => this.renew());
    this.value = this.read();
  }

  readAgain(): void {
    this.value = this.read() ?? this.value;
  }

  close(): void {
    this.watched.close();
  }

  private renew(): void {
    const value = this.read();
    this.metrics.reloaded(value === undefined ? 'refused' : 'applied');
    if (value === undefined) {
      this.logger.error(`${this.path} holds nothing that can be sent: the secret stays as it was`);
      return;
    }
    this.value = value;
    this.logger.log(`the secret of ${this.path} has changed and is used from now on`);
  }

  private read(): string | undefined {
    try {
      return this.secretIn(readFileSync(this.path, 'utf8'));
    } catch {
      return undefined;
    }
  }
}
