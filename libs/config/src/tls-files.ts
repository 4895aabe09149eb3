import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** A certificate chain and its key, PEM. */
export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Two files that are no pair; says which and why, and nothing of what is in them. */
export class KeyPairError extends Error {}

/** Reads the two files. Throws when one cannot be read or they do not belong together. */
export function readKeyPairFiles(certPath: string, keyPath: string): KeyPair {
  const cert = read('TLS_CERT_PATH', certPath);
  const key = read('TLS_KEY_PATH', keyPath);
  const certificate = parse(`TLS_CERT_PATH=${certPath} holds no certificate`, () => new X509Certificate(cert));
  const privateKey = parse(`TLS_KEY_PATH=${keyPath} holds no private key without a password`, () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new KeyPairError(`TLS_KEY_PATH=${keyPath} is not the key of TLS_CERT_PATH=${certPath}`);
  }
  // What OpenSSL itself will not serve: a chain that is cut off, a key that is too weak.
  parse(`TLS_CERT_PATH=${certPath} cannot be served`, () => createSecureContext({ cert, key }));
  return { cert, key };
}

/** When the certificate is of no use now: a sentence about it. */
export function validityWarning({ cert }: KeyPair, now = new Date()): string | undefined {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  if (now > validToDate) return `the TLS certificate expired at ${validToDate.toISOString()}`;
  if (now < validFromDate) return `the TLS certificate is not valid before ${validFromDate.toISOString()}`;
  return undefined;
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new KeyPairError(`${name}=${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function parse<T>(otherwise: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new KeyPairError(otherwise);
  }
}
