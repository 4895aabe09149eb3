import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An upstreams file of a test's own, gone when the test is. */
export class UpstreamsFile implements AsyncDisposable {
  constructor(
    readonly path: string,
    private readonly folder: string,
  ) {}

  write(text: string): Promise<void> {
    return writeFile(this.path, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function upstreamsFile(text: string): Promise<UpstreamsFile> {
  const folder = await mkdtemp(join(tmpdir(), 'achilles-upstreams-'));
  const file = new UpstreamsFile(join(folder, 'upstreams.yaml'), folder);
  await file.write(text);
  return file;
}
