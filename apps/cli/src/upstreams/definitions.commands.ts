import { ExpectedFailure } from '../expected-failure.js';
import { plainText, type Terminal } from '../terminal.js';
import type { Definition, DefinitionsClient } from './definitions-client.js';
import { painter, renderDiff, renderWaiting } from './render-definitions.js';

export const CLASSES = ['first_sight', 'new_capability', 'widened', 'narrowed', 'wording'] as const;

export interface ApproveOptions {
  readonly class?: readonly string[];
  readonly all?: boolean;
  /** What was seen; whatever waits when it is left out. */
  readonly sha256?: string;
}

/** What people do about definitions that have changed. Each returns the exit code. */
export class DefinitionCommands {
  constructor(
    private readonly client: DefinitionsClient,
    private readonly terminal: Terminal,
  ) {}

  async diff(upstream: string, tool: string | undefined, { json }: { readonly json?: boolean }): Promise<number> {
    const { stdout } = this.terminal;
    const paint = painter(stdout.isTTY === true);
    if (tool !== undefined) {
      const definition = await this.client.one(upstream, tool);
      stdout.write(json ? asJson(definition) : renderDiff(definition, paint));
      return 0;
    }
    const { definitions } = await this.client.list(upstream);
    const waiting = definitions.filter(({ state }) => state !== 'approved');
    if (json) stdout.write(asJson(waiting));
    else if (waiting.length > 0) stdout.write(renderWaiting(waiting, Math.max(stdout.columns ?? 100, 100), paint));
    else stdout.write(`All ${definitions.length} tools of ${plainText(upstream)} are as they were approved.\n`);
    return 0;
  }

  async approve(upstream: string, tool: string | undefined, options: ApproveOptions): Promise<number> {
    if ((tool === undefined) !== (options.all === true || options.class !== undefined)) {
      throw new ExpectedFailure('Say which: a tool, or --class <class>, or --all.');
    }
    if (tool !== undefined) return this.decide(upstream, tool, 'approve', options);
    const { pending_sha256: tag } = await this.client.list(upstream);
    const { approved } = await this.client.approveAll(upstream, options.class ?? CLASSES, tag);
    const names = approved.map((name) => `  ${plainText(name)}\n`).join('');
    this.terminal.stdout.write(approved.length === 0 ? 'Nothing waits for that.\n' : `Approved:\n${names}`);
    return 0;
  }

  reject(upstream: string, tool: string, options: Pick<ApproveOptions, 'sha256'>): Promise<number> {
    return this.decide(upstream, tool, 'reject', options);
  }

  /** Shows what is decided about, and decides about exactly that. */
  private async decide(
    upstream: string,
    tool: string,
    decision: 'approve' | 'reject',
    { sha256 }: Pick<ApproveOptions, 'sha256'>,
  ): Promise<number> {
    const { stdout } = this.terminal;
    const definition = await this.client.one(upstream, tool);
    const seen = sha256 ?? definition.pending_sha256;
    if (seen === undefined) throw new ExpectedFailure(`Nothing waits for a decision about ${plainText(tool)}.`);
    if (seen === definition.pending_sha256) stdout.write(`${renderDiff(definition, painter(stdout.isTTY === true))}\n`);
    const decided: Definition = await this.client.decide(upstream, tool, decision, seen);
    stdout.write(`${plainText(tool)} is ${decided.state}.\n`);
    return 0;
  }
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
