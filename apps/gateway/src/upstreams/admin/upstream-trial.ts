import { lookup } from 'node:dns/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { addressOf, isUpstreamVariable } from '#config/upstream-variables.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { AppError } from '#errors/app-error.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import { Credentials } from '../credentials/credentials.js';
import { UpstreamOpener } from '../open-upstream.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import type { TrialStep, UpstreamTrial } from './upstreams-admin.models.js';

const LONGEST_MS = 15_000;
const MOST_PAGES = 50;

/** One that is tried. */
interface Tried {
  readonly spec: UpstreamSpec;
  readonly connection: UpstreamConnection;
  /** Undefined: as the gateway itself. */
  readonly caller: Caller | undefined;
  readonly signal: AbortSignal;
}

/** Tries an upstream out in a connection of its own, which is closed afterwards. Nothing of it is kept. */
@Injectable()
export class UpstreamTrials {
  private readonly variable: Variables;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly opener: UpstreamOpener,
    private readonly credentials: Credentials,
  ) {
    this.variable = (name) => (isUpstreamVariable(name) ? config.get(name as keyof Config) : undefined);
  }

  /** @param caller whose credential is shown where each caller has one of its own */
  async run(spec: UpstreamSpec, caller: Caller, left: AbortSignal): Promise<UpstreamTrial> {
    const signal = AbortSignal.any([left, AbortSignal.timeout(LONGEST_MS)]);
    const connection = this.opener.open(spec);
    const tried: Tried = {
      spec,
      connection,
      caller: this.credentials.isPerCaller(spec) ? caller : undefined,
      signal,
    };
    const steps: TrialStep[] = [];
    try {
      for (const [step, work] of this.steps(tried)) {
        const began = performance.now();
        const { ok, detail } = await work().then(
          (said) => ({ ok: true, detail: said }),
          (error: unknown) => ({ ok: false, detail: inWords(error, signal) }),
        );
        steps.push({ step, ok, ms: Math.round((performance.now() - began) * 10) / 10, detail });
        if (!ok) break;
      }
    } finally {
      await connection.close().catch(() => undefined);
    }
    return { ok: steps.every(({ ok }) => ok), steps };
  }

  private steps(tried: Tried): [TrialStep['step'], () => Promise<string>][] {
    const { connection, caller, signal, spec } = tried;
    return [
      ['resolve', () => this.resolve(spec)],
      ['connect', () => connection.ping(signal).then(() => 'it answers')],
      ['auth', () => this.showItself(tried)],
      [
        'era',
        async () => {
          const { era, version } = await connection.describe(caller, signal);
          return `${era}, ${version}`;
        },
      ],
      ['list', () => list(tried)],
    ];
  }

  private async resolve(spec: UpstreamSpec): Promise<string> {
    if (spec.kind === 'stdio') return 'a process of this machine';
    const address = addressOf(spec, this.variable) ?? (spec.kind === 'openapi' ? spec.document : undefined);
    if (address === undefined || !URL.canParse(address)) return 'a file of this machine';
    const { hostname } = new URL(address);
    const { length } = await lookup(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true });
    return `${hostname}: ${length === 1 ? 'one address' : `${length} addresses`}`;
  }

  private async showItself({ spec, caller, signal }: Tried): Promise<string> {
    const { headers, query, env } = await this.credentials.of(spec, caller, signal);
    const shown = Object.keys({ ...headers, ...query, ...env }).length;
    if (shown === 0) return 'nothing is shown';
    return caller ? 'what you have given leave for' : 'what the gateway itself has';
  }
}

async function list({ connection, caller, signal }: Tried): Promise<string> {
  let tools = 0;
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const idempotent = true;
    const answer = await connection.request({
      method: 'tools/list',
      params,
      caller,
      signal,
      channel: SILENT,
      idempotent,
    });
    tools += Array.isArray(answer['tools']) ? answer['tools'].length : 0;
    cursor = typeof answer['nextCursor'] === 'string' ? answer['nextCursor'] : undefined;
    if (cursor === undefined) break;
  }
  return tools === 1 ? 'one tool' : `${tools} tools`;
}

/** What an administrator may know: our own words, or a code of the system. */
function inWords(error: unknown, signal: AbortSignal): string {
  if (error instanceof AppError) {
    const code = codeOf(error.cause);
    return code === undefined ? error.message : `${error.message} (${code})`;
  }
  if (signal.aborted) return `it took more than ${LONGEST_MS / 1_000} s`;
  return codeOf(error) ?? 'it failed in a way that is not known';
}

function codeOf(error: unknown): string | undefined {
  const { code, reason, name } = (error ?? {}) as { code?: unknown; reason?: unknown; name?: unknown };
  if (name === 'AddressRefused' && typeof reason === 'string') return `the address may not be called: ${reason}`;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : undefined;
}
