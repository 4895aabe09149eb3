import type { UpstreamAuth, UpstreamSpec } from '#config/upstreams-file.js';
import type { CredentialSource } from './credential-source.js';
import { type Credential, NO_CREDENTIAL } from './credential.js';
import { CredentialMissing } from './credentials.errors.js';
import type { Secret } from './secrets.js';

type Fingerprint = (text: string) => string;

/** A secret of the operator's, the same for all callers. */
export class StaticCredential implements CredentialSource {
  private shown: Credential | undefined;
  private made: readonly string[] = [];

  /**
   * @param secrets by the names under which they are shown
   * @param fingerprint stands for the secret in the key
   */
  constructor(
    private readonly spec: UpstreamSpec,
    private readonly place: 'headers' | 'query' | 'env',
    private readonly secrets: ReadonlyMap<string, Secret>,
    private readonly fingerprint: Fingerprint,
    private readonly prefix = '',
  ) {}

  static of(spec: UpstreamSpec, auth: UpstreamAuth, secret: Secret, fingerprint: Fingerprint): StaticCredential {
    const name = auth.kind === 'bearer' ? 'authorization' : auth.name!;
    const place = auth.kind === 'query' ? 'query' : 'headers';
    const prefix = auth.kind === 'bearer' ? 'Bearer ' : '';
    const key = place === 'headers' ? name.toLowerCase() : name;
    return new StaticCredential(spec, place, new Map([[key, secret]]), fingerprint, prefix);
  }

  /** @throws CredentialMissing */
  of(): Credential {
    let isSame = this.shown !== undefined;
    let i = 0;
    for (const secret of this.secrets.values()) isSame &&= secret.value === this.made[i++];
    return isSame ? this.shown! : this.make();
  }

  /** The file may hold another one already, which is only looked at every second. */
  refused(_caller: unknown, { key }: Credential): boolean {
    for (const secret of this.secrets.values()) secret.readAgain();
    return this.of().key !== key;
  }

  private make(): Credential {
    const entries = [...this.secrets].map(([name, { value }]) => {
      if (value === undefined) throw new CredentialMissing(this.spec.name);
      return [name, this.prefix + value] as const;
    });
    this.made = [...this.secrets.values()].map(({ value }) => value!);
    const key = this.fingerprint(JSON.stringify([this.place, entries]));
    return (this.shown = { ...NO_CREDENTIAL, key, [this.place]: Object.fromEntries(entries) });
  }
}
