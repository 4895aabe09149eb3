import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { upstreamVariables } from '#config/upstream-variables.js';
import { readUpstreams, type UpstreamSpec } from '#config/upstreams-file.js';
import { WatchedFile } from '#config/watched-file.js';
import { canonicalJson } from '#core/canonical-json.js';
import { Changes } from '#gateway/tools/changes.js';
import { UpstreamStore } from './admin/upstream-store.js';
import { ParkedCalls } from './bridging/parked-calls.js';
import { Credentials } from './credentials/credentials.js';
import { Definitions } from './definitions/definitions.js';
import { UpstreamOpener } from './open-upstream.js';
import { Upstream } from './upstream.js';
import type { UpstreamNews } from './upstream-connection.js';

/** How long lists and calls wait for upstreams that have never said what they offer. */
const SETTLE_MS = 2_000;

/** What each upstream is built of. */
@Injectable()
export class UpstreamFactory {
  constructor(
    private readonly opener: UpstreamOpener,
    private readonly definitions: Definitions,
    private readonly credentials: Credentials,
    private readonly parked: ParkedCalls,
  ) {}

  open(spec: UpstreamSpec, changed: (upstream: Upstream, news: UpstreamNews) => void): Upstream {
    const { definitions, credentials, parked } = this;
    return new Upstream(spec, { connection: this.opener.open(spec), definitions, credentials, parked, changed });
  }

  onDecision(listener: (upstream: string) => void): void {
    this.definitions.onDecision(listener);
  }
}

type Listener = (upstream: Upstream, news: UpstreamNews) => void;

/**
 * Every upstream that there is now: those of the file, and those of the admin API where the file has none of their name.
 * One that is changed is closed and opened anew; the others are left alone.
 */
@Injectable()
export class UpstreamRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Upstreams');
  private readonly file: WatchedFile;
  private readonly read: () => readonly UpstreamSpec[];
  private readonly listeners = new Set<Listener>();
  private ofFile: readonly UpstreamSpec[] = [];
  private ofStore: readonly UpstreamSpec[] = [];
  private upstreams: ReadonlyMap<string, Upstream> = new Map();
  private disabledSpecs: readonly UpstreamSpec[] = [];
  private waiting: Promise<void> | undefined;
  private stopHearing: (() => void) | undefined;

  constructor(
    @Inject(ConfigService) config: ConfigService<Config, true>,
    private readonly factory: UpstreamFactory,
    private readonly changes: Changes,
    @Optional() @Inject(UpstreamStore) private readonly store: UpstreamStore | undefined,
  ) {
    const variables = upstreamVariables((name) => config.get(name as keyof Config));
    const path = config.get('UPSTREAMS_FILE', { infer: true });
    this.read = () => readUpstreams(path, variables).upstreams;
    this.file = new WatchedFile(path, () => this.reload());
    factory.onDecision((name) => void this.find(name)?.refresh());
  }

  async onModuleInit(): Promise<void> {
    this.ofFile = this.read();
    this.stopHearing = this.store?.onChange(() => void this.reloadStore());
    await this.reloadStore();
    this.settle();
  }

  async onModuleDestroy(): Promise<void> {
    this.file.close();
    this.stopHearing?.();
    await Promise.all([...this.upstreams.values()].map((upstream) => upstream.close()));
  }

  /** By name. The same array until one comes, goes or is changed. */
  get all(): ReadonlyMap<string, Upstream> {
    return this.upstreams;
  }

  /** Those that are configured and switched off. */
  get disabled(): readonly UpstreamSpec[] {
    return this.disabledSpecs;
  }

  find(name: string): Upstream | undefined {
    return this.upstreams.get(name);
  }

  /** As `ToolSource.settling`. */
  get settling(): Promise<void> | undefined {
    return this.waiting;
  }

  /** Called with what has changed; upstreams that come and go change all of their lists. */
  onChange(listener: Listener): void {
    this.listeners.add(listener);
  }

  private reload(): void {
    try {
      this.ofFile = this.read();
    } catch (error) {
      this.logger.error(`the upstreams stay as they were: ${(error as Error).message}`);
      return;
    }
    this.arrange();
  }

  private async reloadStore(): Promise<void> {
    try {
      this.ofStore = (await this.store?.list()) ?? [];
    } catch (error) {
      this.logger.warn(`the upstreams of the admin API stay as they were: ${(error as Error).message}`);
    }
    this.arrange();
  }

  private arrange(): void {
    const named = new Set(this.ofFile.map(({ name }) => name));
    const specs = [...this.ofFile, ...this.ofStore.filter(({ name }) => !named.has(name))];
    const before = this.upstreams;
    const after = new Map<string, Upstream>();
    for (const spec of specs.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!spec.enabled) continue;
      const known = before.get(spec.name);
      const isSame = known && canonicalJson(known.spec) === canonicalJson(spec);
      after.set(spec.name, isSame ? known : this.factory.open(spec, this.tell));
    }
    this.disabledSpecs = specs.filter(({ enabled }) => !enabled);
    const left = [...before.values()].filter((upstream) => after.get(upstream.name) !== upstream);
    this.upstreams = after;
    for (const upstream of left) void upstream.close();
    for (const upstream of left) for (const kind of KINDS) this.tell(upstream, { kind });
  }

  private settle(): void {
    const looks = new Map([...this.upstreams.values()].map((upstream) => [upstream, upstream.looked]));
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), SETTLE_MS).unref();
    const wait = async (): Promise<void> => {
      const looked = await Promise.race([late, ...[...looks].map(([upstream, look]) => look.then(() => upstream))]);
      if (looked) looks.delete(looked);
      if (looked && looks.size > 0) {
        this.waiting = wait();
        return;
      }
      clearTimeout(timer);
      this.waiting = undefined;
    };
    if (looks.size > 0) this.waiting = wait();
    else clearTimeout(timer);
  }

  private readonly tell: Listener = (upstream, news) => {
    for (const listener of this.listeners) listener(upstream, news);
    // Every replica looks for itself.
    if (news.kind !== 'resource') this.changes.tell(news);
  };
}

const KINDS = ['tools', 'prompts', 'resources'] as const;
