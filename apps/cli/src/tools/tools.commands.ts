import { ExpectedFailure } from '../expected-failure.js';
import { plainText, type Terminal } from '../terminal.js';
import type { Desk } from './desk.js';
import { givenTool, type ToolOptions } from './given-tool.js';
import { renderTool, renderTools } from './tables.js';
import type { DynamicToolRecord, ToolsClient } from './tools-client.js';
import { asJson, visible } from './visible.js';

export interface Shape {
  readonly json?: boolean;
}

/** The revision that was seen. */
export interface Seen {
  readonly revision?: number;
}

export interface GetOptions extends Shape {
  readonly code?: boolean;
  /** The latest when it is left out. */
  readonly at?: number;
}

/** Making tools, and looking after them. Each returns the exit code. */
export class ToolsCommands {
  constructor(
    private readonly client: ToolsClient,
    private readonly terminal: Terminal,
    private readonly desk: Desk | undefined,
  ) {}

  async list({ json }: Shape): Promise<number> {
    const tools = await this.client.list();
    this.terminal.stdout.write(json ? asJson(tools) : renderTools(tools));
    return 0;
  }

  async get(name: string, { at, code, json }: GetOptions): Promise<number> {
    const tool = at === undefined ? await this.client.one(name) : await this.client.version(name, at);
    const { stdout } = this.terminal;
    if (json) stdout.write(asJson(tool));
    // Into a file it goes as it is.
    else if (code) stdout.write(stdout.isTTY ? `${visible(tool.code ?? '')}\n` : (tool.code ?? ''));
    else stdout.write(renderTool(tool));
    return 0;
  }

  async create(name: string, options: ToolOptions & Shape & { readonly disabled?: boolean }): Promise<number> {
    const entry = await givenTool(options, this.desk);
    const disabled = options.disabled === true && { enabled: false };
    const tool = await this.client.create({ name, ...entry, ...disabled });
    return this.tell(tool, tool.version === null ? 'made, and waits for approval' : 'made', options);
  }

  /** Without an editor: what the options say takes the place of what is there. */
  async change(name: string, options: ToolOptions & Seen & Shape): Promise<number> {
    const patch = await givenTool(options, this.desk);
    return this.tell(await this.client.patch(name, patch, options.revision), changed, options);
  }

  async turn(name: string, word: 'enable' | 'disable', options: Seen & Shape): Promise<number> {
    return this.tell(await this.client.say(name, word, options.revision), `${word}d`, options);
  }

  async remove(name: string, { revision }: Seen): Promise<number> {
    await this.client.remove(name, revision);
    this.terminal.stdout.write(`${plainText(name)} is deleted. A rollback brings it back.\n`);
    return 0;
  }

  /** Opens the code of a tool in the editor, and sends what was made of it. */
  async edit(name: string, options: Shape): Promise<number> {
    if (!this.desk) throw new ExpectedFailure('There is no editor here: say what is to be other, as with create.');
    // Loaded where it is needed: it starts a process.
    const { EditedCode } = await import('./edited-code.js');
    const seen = await this.client.one(name);
    await using text = await EditedCode.open(seen.name, seen.code ?? '');
    const code = await text.edit(this.desk.editor);
    if (code === undefined) {
      this.terminal.stdout.write('Nothing was changed.\n');
      return 0;
    }
    const tool = await text.keepUnlessSent(() => this.client.patch(name, { code }, seen.revision));
    return this.tell(tool, changed, options);
  }

  private tell(tool: DynamicToolRecord, what: string | ((tool: DynamicToolRecord) => string), { json }: Shape): number {
    const said = typeof what === 'string' ? what : what(tool);
    this.terminal.stdout.write(json ? asJson(tool) : `${plainText(tool.name)} is ${said}.\n`);
    return 0;
  }
}

const changed = ({ version, latestVersion }: DynamicToolRecord): string =>
  version === latestVersion ? `at version ${latestVersion}` : `at version ${latestVersion}, which waits for approval`;
