import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, gone when the test is. */
export class ScratchFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(tmpdir(), 'achilles-cli-')));
  }

  /** Writes a file and returns its path; objects become JSON Lines. */
  async write(name: string, content: string | Buffer | readonly unknown[]): Promise<string> {
    const path = join(this.path, name);
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    await writeFile(path, isText ? content : content.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
