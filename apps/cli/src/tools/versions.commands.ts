import { ExpectedFailure } from '../expected-failure.js';
import { plainText, type Terminal } from '../terminal.js';
import { painter } from '../upstreams/render-definitions.js';
import { renderDiff, type Side } from './render-diff.js';
import { grantOf, renderHistory } from './tables.js';
import type { Seen, Shape } from './tools.commands.js';
import type { DynamicToolRecord, ToolsClient } from './tools-client.js';
import { asJson, visible } from './visible.js';

/** What is done with versions, and what is decided about a tool. Each returns the exit code. */
export class VersionCommands {
  constructor(
    private readonly client: ToolsClient,
    private readonly terminal: Terminal,
  ) {}

  async history(name: string, { json }: Shape): Promise<number> {
    const versions = await this.client.history(name);
    this.terminal.stdout.write(json ? asJson(versions) : renderHistory(versions));
    return 0;
  }

  /** The last two versions; an older one and the last; these two. */
  async diff(name: string, from: number | undefined, to: number | undefined): Promise<number> {
    const [newest] = await this.client.history(name);
    const after = to ?? newest?.version ?? 1;
    const before = from ?? after - 1;
    const sides = [before < 1 ? undefined : await this.side(name, before), await this.side(name, after)] as const;
    const { stdout } = this.terminal;
    const found = await renderDiff(sides[0], sides[1], painter(stdout.isTTY === true));
    stdout.write(found || `Versions ${before} and ${after} of ${plainText(name)} are alike.\n`);
    return 0;
  }

  async rollback(name: string, version: number, options: Seen & Shape): Promise<number> {
    const tool = await this.client.rollback(name, version, options.revision);
    return this.tell(tool, `as version ${version} was, at version ${tool.latestVersion}${waits(tool)}`, options);
  }

  /** Shows what is called from now on, and approves exactly that. */
  async approve(name: string, options: Seen & Shape): Promise<number> {
    const seen = await this.client.one(name);
    const { version, latestVersion } = seen;
    if (version === latestVersion) throw new ExpectedFailure(`No version of ${plainText(name)} waits for approval.`);
    const { stdout } = this.terminal;
    if (!options.json) {
      const before = version === null ? undefined : await this.side(name, version);
      const after = { version: latestVersion, tool: seen };
      stdout.write(`${await renderDiff(before, after, painter(stdout.isTTY === true))}\n`);
    }
    const tool = await this.client.say(name, 'approve', options.revision ?? seen.revision);
    return this.tell(tool, `approved: version ${tool.version} is called from now on`, options);
  }

  /** Shows what the tool asks for, and grants exactly that. */
  async grant(name: string, { revoke, ...options }: Seen & Shape & { readonly revoke?: boolean }): Promise<number> {
    if (revoke) return this.tell(await this.client.takeBack(name, 'grant', options.revision), grantOf, options);
    const seen = await this.client.one(name);
    const asked = seen.hostFunctions;
    if (!asked) throw new ExpectedFailure(`${plainText(name)} asks for no host functions.`);
    if (!options.json) this.terminal.stdout.write(`Asks for ${visible(JSON.stringify(asked))}\n`);
    return this.tell(await this.client.say(name, 'grant', options.revision ?? seen.revision), grantOf, options);
  }

  async publish(
    name: string,
    { withdraw, ...options }: Seen & Shape & { readonly withdraw?: boolean },
  ): Promise<number> {
    const tool = withdraw
      ? await this.client.takeBack(name, 'publish', options.revision)
      : await this.client.say(name, 'publish', options.revision);
    return this.tell(tool, withdraw ? 'seen by its own tenant only' : 'published to every tenant', options);
  }

  private async side(name: string, version: number): Promise<Side> {
    return { version, tool: await this.client.version(name, version) };
  }

  private tell(tool: DynamicToolRecord, what: string | ((tool: DynamicToolRecord) => string), { json }: Shape): number {
    const said = typeof what === 'string' ? what : `${what(tool)} what it asks for`;
    this.terminal.stdout.write(json ? asJson(tool) : `${plainText(tool.name)} is ${said}.\n`);
    return 0;
  }
}

const waits = ({ version, latestVersion }: DynamicToolRecord): string =>
  version === latestVersion ? '' : ', which waits for approval';
