import { GatewayError } from '../client/gateway-error.js';
import { ExpectedFailure } from '../expected-failure.js';
import { plainText, type Terminal } from '../terminal.js';
import { type EntryOptions, givenEntry } from './given-entry.js';
import { renderList, renderOne, renderTrial } from './tables.js';
import type { Entry, UpstreamDetail, UpstreamsClient, UpstreamTrial } from './upstreams-client.js';

export interface Shape {
  readonly json?: boolean;
}

export interface AddOptions extends EntryOptions, Shape {
  readonly replace?: boolean;
  /** False: it is added without having been tried. */
  readonly test: boolean;
}

const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** What can be done with upstreams. Each returns the exit code. */
export class UpstreamsCommands {
  constructor(
    private readonly client: UpstreamsClient,
    private readonly terminal: Terminal,
  ) {}

  async list({ json }: Shape): Promise<number> {
    const upstreams = await this.client.list();
    this.terminal.stdout.write(json ? asJson(upstreams) : renderList(upstreams));
    return 0;
  }

  async show(name: string, { json }: Shape): Promise<number> {
    const upstream = await this.client.show(name);
    this.terminal.stdout.write(json ? asJson(upstream) : renderOne(upstream));
    return 0;
  }

  async add(name: string, address: string | undefined, options: AddOptions): Promise<number> {
    const entry = await givenEntry(address, options);
    if (options.test && !(await this.works(name, entry))) {
      throw new ExpectedFailure(`${name} was not added. With --no-test it is added all the same.`);
    }
    const revision = options.replace ? await this.revisionOf(name) : undefined;
    return this.tell(
      await this.client.put(name, entry, revision),
      revision === undefined ? 'added' : 'replaced',
      options,
    );
  }

  async remove(name: string): Promise<number> {
    await this.client.remove(name);
    this.terminal.stdout.write(`${plainText(name)} is removed.\n`);
    return 0;
  }

  async say(name: string, word: 'enable' | 'disable' | 'refresh', options: Shape): Promise<number> {
    return this.tell(await this.client.say(name, word), word === 'refresh' ? 'read anew' : `${word}d`, options);
  }

  /** Ends with 1 when it does not work. */
  async test(name: string | undefined, { json, ...options }: EntryOptions & Shape): Promise<number> {
    const trial = await this.trial(name, options);
    this.terminal.stdout.write(json ? asJson(trial) : renderTrial(trial));
    return trial.ok ? 0 : 1;
  }

  private async trial(name: string | undefined, options: EntryOptions): Promise<UpstreamTrial> {
    if (options.file !== undefined)
      return this.client.testEntry(name ?? 'unnamed', await givenEntry(undefined, options));
    if (name !== undefined) return this.client.test(name);
    throw new ExpectedFailure('Say which one: its name, or --file.');
  }

  private async works(name: string, entry: Entry): Promise<boolean> {
    const trial = await this.client.testEntry(name, entry);
    if (!trial.ok) this.terminal.stderr.write(renderTrial(trial));
    return trial.ok;
  }

  private async revisionOf(name: string): Promise<number | undefined> {
    try {
      return (await this.client.show(name)).revision;
    } catch (error) {
      if (error instanceof GatewayError && error.status === 404) return undefined;
      throw error;
    }
  }

  private tell(upstream: UpstreamDetail, what: string, { json }: Shape): number {
    this.terminal.stdout.write(json ? asJson(upstream) : `${plainText(upstream.name)} is ${what}.\n`);
    return 0;
  }
}
