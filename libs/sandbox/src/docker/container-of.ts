import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { ContainerLimits } from './docker-options.js';

export type ContainerKind = 'run' | 'session' | 'install' | 'copy';

/** What one container has of its own. Nothing here but the image comes from a request, and that is an allowed one. */
export interface ContainerPlan {
  readonly kind: ContainerKind;
  /** By its digest at the engine. */
  readonly image: string;
  /** One of our own programs, see `programs/`. */
  readonly program: string;
  readonly limits: ContainerLimits;
  readonly owner: string;
  /** Milliseconds since 1970 after which it is a leftover. */
  readonly expires: number;
  /** A network of the engine; undefined: none. Only for what installs. */
  readonly network?: string;
  readonly volumes?: readonly VolumePlan[];
  /** Bytes of a folder `/work` in memory that can be written to. */
  readonly workBytes?: number;
  readonly name?: string;
}

export interface VolumePlan {
  readonly name: string;
  readonly at: string;
  readonly readOnly: boolean;
  /** Of one that is made because it is not there any more. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Nobody. */
export const SANDBOX_USER = '65534:65534';
const TMP_BYTES = 67_108_864;
const FILE_BYTES = 268_435_456;
const PIDS = 64;
/** npm opens many files, and many threads. */
const INSTALL_PIDS = 256;

/** The one template of every container: nothing runs in another. */
export function containerOf(plan: ContainerPlan): ContainerCreateOptions {
  const installs = plan.kind === 'install';
  const volumes = plan.volumes ?? [];
  const inMemory = `rw,noexec,nosuid,nodev,uid=65534,gid=65534`;
  return {
    ...(plan.name && { name: plan.name }),
    Image: plan.image,
    Entrypoint: ['node', '-e', plan.program],
    Cmd: [],
    User: SANDBOX_USER,
    WorkingDir: '/work',
    Env: ['HOME=/tmp', 'TMPDIR=/tmp', 'NODE_OPTIONS=', 'NO_COLOR=1'],
    Labels: labelsOf(plan.owner, plan.kind, plan.expires),
    Healthcheck: { Test: ['NONE'] },
    NetworkDisabled: plan.network === undefined,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: {
      NetworkMode: plan.network ?? 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: [],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'none',
      PidsLimit: installs ? INSTALL_PIDS : PIDS,
      Memory: plan.limits.memory,
      MemorySwap: plan.limits.memory,
      NanoCpus: Math.round(plan.limits.cpus * 1e9),
      OomScoreAdj: 500,
      Ulimits: [
        { Name: 'nofile', Soft: installs ? 4_096 : 256, Hard: installs ? 4_096 : 256 },
        { Name: 'fsize', Soft: FILE_BYTES, Hard: FILE_BYTES },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      Tmpfs: {
        // A volume at /tmp takes the place of the one in memory.
        ...(!volumes.some(({ at }) => at === '/tmp') && { '/tmp': `rw,noexec,nosuid,nodev,size=${TMP_BYTES}` }),
        ...(plan.workBytes && { '/work': `${inMemory},mode=0700,size=${plan.workBytes}` }),
      },
      Mounts: volumes.map(mountOf),
      Init: true,
      AutoRemove: true,
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

export const labelsOf = (owner: string, kind: ContainerKind, expires: number) => ({
  'achilles.owner': owner,
  'achilles.kind': kind,
  'achilles.expires': String(expires),
});

const mountOf = ({ name, at, readOnly, labels }: VolumePlan): MountSettings => ({
  Type: 'volume',
  Source: name,
  Target: at,
  ReadOnly: readOnly,
  // Its type asks for members that the engine does not need.
  ...(labels && { VolumeOptions: { Labels: labels } as MountSettings['VolumeOptions'] }),
});
