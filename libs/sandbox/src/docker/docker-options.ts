import type { Owners } from './owners.js';

export interface DockerOptions {
  /** `unix:///var/run/docker.sock`, `tcp://host:2376`, `https://…`. */
  readonly host: string;
  /** A folder with `ca.pem`, `cert.pem` and `key.pem`. */
  readonly certPath?: string;
  /** The first is the default. */
  readonly images: readonly string[];
  readonly blockedPackages: readonly string[];
  readonly limits: ContainerLimits;
  /** UTF-8 bytes of an answer's JSON, and of what is kept of the output. */
  readonly maxOutputBytes: number;
  /** Milliseconds that a run may ask for. */
  readonly maxTimeoutMs: number;
  /** Milliseconds without a call after which a session ends. */
  readonly sessionTimeoutMs: number;
  readonly maxSessions: number;
  /** As seen from a container; undefined: what the image says. */
  readonly npmRegistry?: string;
  /** The engine's network that containers are on while dependencies are installed. */
  readonly installNetwork: string;
  /** Sets of installed dependencies that are kept. */
  readonly dependencySets: number;
  /** Of this gateway process: a UUID. Containers say whose they are. */
  readonly owner: string;
  readonly owners: Owners;
  /** Told what an operator should know: that the engine is away, or back. */
  readonly log?: (line: string) => void;
}

export interface ContainerLimits {
  /** Bytes, swap included. */
  readonly memory: number;
  /** Cores. */
  readonly cpus: number;
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1_024, m: 1_048_576, g: 1_073_741_824 };

/** `512m` as bytes. */
export function bytesOf(text: string): number {
  const unit = UNITS[text.slice(-1).toLowerCase()];
  return unit === undefined ? Number(text) : Number(text.slice(0, -1)) * unit;
}
