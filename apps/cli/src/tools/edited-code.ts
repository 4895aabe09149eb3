import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '../client/gateway-error.js';
import { ExpectedFailure } from '../expected-failure.js';
import { plainText } from '../terminal.js';
import { openEditor } from './desk.js';

/** Code in a file of its own, for an editor. The file goes when what was written has arrived, or was not changed. */
export class EditedCode implements AsyncDisposable {
  private kept = false;

  private constructor(
    private readonly name: string,
    private readonly folder: string,
    private readonly file: string,
    private readonly before: string,
  ) {}

  static async open(name: string, code: string): Promise<EditedCode> {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-tool-'));
    const file = join(folder, `${name.replace(/[^\w.-]/g, '_')}.js`);
    // Most editors end a file with a line feed: one more is no change.
    await writeFile(file, lineEnded(code), { mode: 0o600 });
    return new EditedCode(name, folder, file, code);
  }

  /** What was written, or undefined when nothing was changed. @throws ExpectedFailure when the editor fails */
  async edit(editor: string): Promise<string | undefined> {
    const ended = await openEditor(editor, this.file);
    const code = await readFile(this.file, 'utf8');
    const isChanged = lineEnded(code) !== lineEnded(this.before);
    if (ended === 0) return isChanged ? code : undefined;
    this.kept = isChanged;
    throw new ExpectedFailure(`The editor ended with ${ended}: nothing was sent.${isChanged ? this.whereItIs : ''}`);
  }

  /** Sends what was written; where that fails, the file stays, and the failure says where it is. */
  async keepUnlessSent<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ExpectedFailure)) throw error;
      this.kept = true;
      const isOvertaken = error instanceof GatewayError && error.code === 'dynamic_tool_changed';
      const why = isOvertaken
        ? `Somebody else has changed ${plainText(this.name)} since you opened it: nothing was sent over it. See what is other now with \`achilles tools diff ${plainText(this.name)}\`.`
        : error.message;
      throw new ExpectedFailure(`${why}${this.whereItIs}`, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.kept) await rm(this.folder, { recursive: true, force: true });
  }

  private get whereItIs(): string {
    return ` Your text is kept in ${this.file}`;
  }
}

const lineEnded = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
