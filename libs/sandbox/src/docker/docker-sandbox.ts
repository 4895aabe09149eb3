import { Containers } from './containers.js';
import { DependencyCaches } from './dependency-caches.js';
import { DockerEngine } from './docker.engine.js';
import type { DockerOptions } from './docker-options.js';
import type { DockerParts } from './docker-parts.js';
import { DockerSessions } from './docker.sessions.js';
import { EngineLink } from './engine-link.js';
import { Reaper } from './reaper.js';

/** Everything that this process has at one Docker Engine. Nothing is asked of it before somebody runs something. */
export class DockerSandbox {
  readonly engine: DockerEngine;
  readonly sessions: DockerSessions;
  readonly reaper: Reaper;
  private readonly link: EngineLink;
  private readonly containers: Containers;
  private closed: Promise<void> | undefined;

  constructor(options: DockerOptions) {
    const link = new EngineLink(options);
    const containers = new Containers(link);
    const reaper = new Reaper(link, containers, options.owner, options.owners);
    const caches = new DependencyCaches(link, containers, options);
    const parts: DockerParts = { options, link, containers, caches, reaper, close: () => this.close() };
    this.link = link;
    this.containers = containers;
    this.reaper = reaper;
    this.engine = new DockerEngine(parts);
    this.sessions = new DockerSessions(parts);
    reaper.start();
  }

  /** To be called before the gateway serves. Asks nothing of the engine, and waits for no database. */
  load(): Promise<void> {
    void this.reaper.announced();
    return this.link.load();
  }

  /** Whether the engine answers now; false within 2 s. */
  answers(): Promise<boolean> {
    return this.link.answers();
  }

  /** Ends every run and every session, and leaves nothing at the engine. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    this.sessions.endAll();
    await this.containers.close();
    await this.reaper.close(this.containers.isEmpty);
  }
}
