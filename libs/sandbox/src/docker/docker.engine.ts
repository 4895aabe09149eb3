import { SandboxEngine, type RunOutcome, type SandboxRun } from '../sandbox.js';
import { allowedImage } from './allowed-images.js';
import { checkPackages } from './allowed-packages.js';
import type { VolumePlan } from './container-of.js';
import type { DockerParts } from './docker-parts.js';
import { outcomeOf } from './outcome-of.js';
import { RUN_PROGRAM, UNREADY } from './programs/run.program.js';
import { runProgram } from './run-program.js';

/** What a container may outlive its run by before it is a leftover. */
const LEFTOVER_MS = 30_000;
/** Where dependencies are. */
const BASE = '/work';

/** Runs code with Node.js in a container of its own, each time a new one. */
export class DockerEngine extends SandboxEngine {
  readonly name = 'docker';

  constructor(private readonly parts: DockerParts) {
    super();
  }

  async run(run: SandboxRun): Promise<RunOutcome> {
    const { options, link, containers, caches, reaper } = this.parts;
    const { code, args, signal, dependencies = [] } = run;
    signal.throwIfAborted();
    const allowed = allowedImage(run.image, options.images);
    checkPackages(dependencies, options.blockedPackages);
    const timeoutMs = Math.min(run.timeoutMs, options.maxTimeoutMs);
    const image = await link.imageId(allowed);
    await reaper.announced();
    const { limits, owner, maxOutputBytes: most } = options;
    const runWith = (cache?: Pick<VolumePlan, 'name' | 'labels'>) =>
      runProgram(
        containers,
        {
          kind: 'run',
          image,
          program: RUN_PROGRAM,
          limits,
          owner,
          expires: Date.now() + timeoutMs + LEFTOVER_MS,
          ...(cache && { volumes: [{ ...cache, at: BASE, readOnly: true }] }),
        },
        { code, args, base: BASE, most, ...(cache && { cache: cache.name }) },
        { timeoutMs, most, signal },
      );
    const end =
      dependencies.length === 0
        ? await runWith()
        : await caches.with(image, dependencies, signal, async (cache) => {
            const ended = await runWith(cache);
            return ended.told === UNREADY ? undefined : ended;
          });
    return outcomeOf(end, { timeoutMs, most });
  }

  async close(): Promise<void> {
    await this.parts.close();
  }
}
