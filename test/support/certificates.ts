import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for 127.0.0.1 that nobody has signed but itself. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes one that is valid from now, or between the days given. */
export async function aCertificate(name: string, days: { from?: Date; to?: Date } = {}): Promise<Certificate> {
  const pems = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: days.from,
    notAfterDate: days.to ?? new Date(Date.now() + 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { cert: pems.cert, key: pems.private };
}

/** Writes it as `cert.pem` and `key.pem`, and says where. */
export async function writeCertificate(folder: string, { cert, key }: Certificate) {
  const paths = { TLS_CERT_PATH: join(folder, 'cert.pem'), TLS_KEY_PATH: join(folder, 'key.pem') };
  await writeFile(paths.TLS_CERT_PATH, cert);
  await writeFile(paths.TLS_KEY_PATH, key);
  return paths;
}
