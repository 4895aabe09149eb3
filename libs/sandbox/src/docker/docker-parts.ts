import type { Containers } from './containers.js';
import type { DependencyCaches } from './dependency-caches.js';
import type { DockerOptions } from './docker-options.js';
import type { EngineLink } from './engine-link.js';
import type { Reaper } from './reaper.js';

/** What runs and sessions have in common. */
export interface DockerParts {
  readonly options: DockerOptions;
  readonly link: EngineLink;
  readonly containers: Containers;
  readonly caches: DependencyCaches;
  readonly reaper: Reaper;
  close(): Promise<void>;
}
