import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_BYTES = KEY_ID_BYTES + IV_BYTES + TAG_BYTES;

interface PurposeKey {
  /** Tells the keys of the ring apart. Says nothing about them. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/**
 * AES-256-GCM with the keys of a ring: the first one seals, all of them open. So a new one is put in front, and an old
 * one taken away when nothing of it is left. Each purpose has keys of its own: none opens as another.
 */
export class KeyRing {
  private readonly rings = new Map<string, readonly PurposeKey[]>();

  /** @param secrets at least one */
  constructor(private readonly secrets: readonly Buffer[]) {}

  /** @param binding what has to be the same again when it is opened @returns key id, IV, text, tag */
  seal(purpose: string, text: Buffer, binding: string): Buffer {
    const { id, key } = this.ring(purpose)[0]!;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(binding));
    return Buffer.concat([id, iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns undefined for what was not sealed with a key of this ring, for this purpose and binding */
  open(purpose: string, sealed: Buffer, binding: string): Buffer | undefined {
    if (sealed.length < LEAST_BYTES) return undefined;
    const id = sealed.subarray(0, KEY_ID_BYTES);
    const found = this.ring(purpose).find((candidate) => candidate.id.equals(id));
    if (!found) return undefined;
    const body = sealed.subarray(KEY_ID_BYTES + IV_BYTES, -TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', found.key, sealed.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES))
      .setAAD(Buffer.from(binding))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** Stands for a text, the same wherever the first key is; says nothing of it, even where it could be guessed. */
  fingerprint(purpose: string, text: string): string {
    const mac = createHmac('sha256', this.ring(purpose)[0]!.key).update(text).digest();
    return mac.subarray(0, 16).toString('base64url');
  }

  private ring(purpose: string): readonly PurposeKey[] {
    let ring = this.rings.get(purpose);
    if (!ring) {
      ring = this.secrets.map((secret) => {
        const derived = Buffer.from(hkdfSync('sha256', secret, '', `achilles ${purpose}`, 32 + KEY_ID_BYTES));
        return { id: derived.subarray(32), key: createSecretKey(derived.subarray(0, 32)) };
      });
      this.rings.set(purpose, ring);
    }
    return ring;
  }
}
