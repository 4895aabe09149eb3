import { randomUUID } from 'node:crypto';
import { SandboxBusy, SessionNotFound } from '../sandbox.errors.js';
import type { RunOutcome } from '../sandbox.js';
import {
  type CommandResult,
  type ListedSession,
  type SandboxSession,
  SandboxSessions,
  type SessionOwner,
  type SessionRun,
} from '../sandbox-sessions.js';
import { labelsOf } from './container-of.js';
import { allowedImage } from './allowed-images.js';
import { DockerSession } from './docker-session.js';
import type { DockerParts } from './docker-parts.js';
import { KEEP_PROGRAM } from './programs/keep.program.js';
import { runCommands } from './session-commands.js';
import { runInSession } from './session-run.js';

const WORK_BYTES = 134_217_728;
/** However much it is used. */
const LONGEST_LIFE_MS = 86_400_000;
const SHORTEST_IDLE_MS = 1_000;
const AGAIN_SECONDS = 60;
const DEPENDENCIES = '/deps';

/** Sessions of this process: containers that are its own, and end with it. */
export class DockerSessions extends SandboxSessions {
  private readonly sessions = new Map<string, DockerSession>();
  private opening = 0;

  constructor(private readonly parts: DockerParts) {
    super();
  }

  async initialize(
    owner: SessionOwner,
    wanted: { readonly image?: string; readonly timeoutMs?: number },
  ): Promise<SandboxSession> {
    const { options } = this.parts;
    const image = allowedImage(wanted.image, options.images);
    if (this.sessions.size + this.opening >= options.maxSessions) throw new SandboxBusy(AGAIN_SECONDS);
    const longest = options.sessionTimeoutMs;
    const idleMs = Math.max(SHORTEST_IDLE_MS, Math.min(wanted.timeoutMs ?? longest, longest));
    this.opening++;
    try {
      const session = await this.open(owner, image, idleMs);
      this.sessions.set(session.facts.id, session);
      return { sessionId: session.facts.id, image, timeoutMs: idleMs };
    } finally {
      this.opening--;
    }
  }

  async exec(
    owner: SessionOwner,
    sessionId: string,
    commands: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly results: readonly CommandResult[] }> {
    const session = this.find(owner, sessionId);
    const { link, options } = this.parts;
    const bounds = { timeoutMs: Math.min(timeoutMs, options.maxTimeoutMs), most: options.maxOutputBytes, signal };
    return session.use(async () => {
      this.find(owner, sessionId);
      return { results: await runCommands(link, session, commands, bounds) };
    });
  }

  async runJs(owner: SessionOwner, sessionId: string, run: SessionRun, signal: AbortSignal): Promise<RunOutcome> {
    const session = this.find(owner, sessionId);
    return session.use(async () => {
      this.find(owner, sessionId);
      return runInSession(this.parts, session, run, signal);
    });
  }

  async stop(owner: SessionOwner, sessionId: string): Promise<void> {
    const session = this.find(owner, sessionId);
    session.end();
    await this.parts.containers.removeWithVolume(session.containerId, session.facts.volume);
  }

  list(owner: SessionOwner): Promise<readonly ListedSession[]> {
    const own = [...this.sessions.values()].filter((session) => session.isOf(owner));
    return Promise.resolve(
      own.map(({ facts: { id, image }, createdAt, lastUsedAt }) => ({
        id,
        image,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
      })),
    );
  }

  /** Their containers are removed with all the others. */
  endAll(): void {
    for (const session of this.sessions.values()) session.end();
  }

  private async open(owner: SessionOwner, image: string, idleMs: number): Promise<DockerSession> {
    const { options, link, containers, reaper } = this.parts;
    const imageId = await link.imageId(image);
    await reaper.announced();
    const id = `mcp-sbx-${randomUUID()}`;
    const { limits, owner: process } = options;
    const expires = Date.now() + LONGEST_LIFE_MS;
    const volumes = [{ name: id, at: DEPENDENCIES, readOnly: true }];
    const plan = { kind: 'session', image: imageId, program: KEEP_PROGRAM, limits, owner: process, expires } as const;
    await containers.makeVolume(id, labelsOf(process, 'session', expires));
    const running = await containers
      .start({ ...plan, volumes, workBytes: WORK_BYTES, name: id }, new AbortController().signal)
      .catch(async (error: unknown) => {
        await containers.removeVolume(id);
        throw error;
      });
    return new DockerSession({ id, owner, image, imageId, idleMs, volume: id }, running, (session) =>
      this.ended(session),
    );
  }

  private ended(session: DockerSession): void {
    const { containers } = this.parts;
    this.sessions.delete(session.facts.id);
    void containers.removeWithVolume(session.containerId, session.facts.volume);
  }

  /** @throws SessionNotFound */
  private find(owner: SessionOwner, sessionId: string): DockerSession {
    const session = this.sessions.get(sessionId);
    if (!session || session.ended || !session.isOf(owner)) throw new SessionNotFound(sessionId);
    return session;
  }
}
