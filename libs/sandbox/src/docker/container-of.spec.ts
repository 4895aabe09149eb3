import { describe, expect, it } from '@jest/globals';
import { containerOf, type ContainerPlan } from './container-of.js';

const PLAN: ContainerPlan = {
  kind: 'run',
  image: 'sha256:0123',
  program: 'our program',
  limits: { memory: 536_870_912, cpus: 0.5 },
  owner: 'a-gateway',
  expires: 1_700_000_000_000,
};

const RUN = {
  Image: 'sha256:0123',
  Entrypoint: ['node', '-e', 'our program'],
  Cmd: [],
  User: '65534:65534',
  WorkingDir: '/work',
  Env: ['HOME=/tmp', 'TMPDIR=/tmp', 'NODE_OPTIONS=', 'NO_COLOR=1'],
  Labels: { 'achilles.owner': 'a-gateway', 'achilles.kind': 'run', 'achilles.expires': '1700000000000' },
  Healthcheck: { Test: ['NONE'] },
  NetworkDisabled: true,
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
  HostConfig: {
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    Privileged: false,
    CapAdd: [],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    IpcMode: 'none',
    PidsLimit: 64,
    Memory: 536_870_912,
    MemorySwap: 536_870_912,
    NanoCpus: 500_000_000,
    OomScoreAdj: 500,
    Ulimits: [
      { Name: 'nofile', Soft: 256, Hard: 256 },
      { Name: 'fsize', Soft: 268_435_456, Hard: 268_435_456 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=67108864' },
    Mounts: [],
    Init: true,
    AutoRemove: true,
    LogConfig: { Type: 'none', Config: {} },
  },
};

describe('containerOf', () => {
  it('closes a run in, in every respect', () => {
    // To the last member: what is new here is looked at by whoever reviews it.
    expect(containerOf(PLAN)).toEqual(RUN);
  });

  it('gives a run with dependencies those, to read', () => {
    const volumes = [{ name: 'achilles-deps-1', at: '/work', readOnly: true }];
    const Mounts = [{ Type: 'volume', Source: 'achilles-deps-1', Target: '/work', ReadOnly: true }];
    expect(containerOf({ ...PLAN, volumes })).toEqual({ ...RUN, HostConfig: { ...RUN.HostConfig, Mounts } });
  });

  it('gives a session a folder in memory that nothing is started from', () => {
    const { name, HostConfig } = containerOf({ ...PLAN, kind: 'session', workBytes: 1_024, name: 'mcp-sbx-1' });
    expect(name).toBe('mcp-sbx-1');
    expect(HostConfig).toEqual({
      ...RUN.HostConfig,
      Tmpfs: {
        ...RUN.HostConfig.Tmpfs,
        '/work': 'rw,noexec,nosuid,nodev,uid=65534,gid=65534,mode=0700,size=1024',
      },
    });
  });

  it('gives what installs its network, its volume, and more files and processes', () => {
    const volumes = [{ name: 'achilles-deps-1', at: '/tmp', readOnly: false }];
    const made = containerOf({ ...PLAN, kind: 'install', network: 'bridge', volumes });
    expect(made).toEqual({
      ...RUN,
      NetworkDisabled: false,
      Labels: { ...RUN.Labels, 'achilles.kind': 'install' },
      HostConfig: {
        ...RUN.HostConfig,
        NetworkMode: 'bridge',
        PidsLimit: 256,
        Ulimits: [
          { Name: 'nofile', Soft: 4_096, Hard: 4_096 },
          { Name: 'fsize', Soft: 268_435_456, Hard: 268_435_456 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
        Tmpfs: {},
        Mounts: [{ Type: 'volume', Source: 'achilles-deps-1', Target: '/tmp', ReadOnly: false }],
      },
    });
  });
});
