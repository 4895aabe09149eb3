import type { ServerHome, SocketFolder } from './server-home.js';

/** Lean when idle, durable always. Given on the command line, where they win over the folder's postgresql.conf. */
const SETTINGS: Readonly<Record<string, string | number>> = {
  // Reachable by nobody but this gateway and root.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  // A slot that nobody uses costs some kilobytes; the test run's gateways share one server.
  max_connections: 100,

  // An acknowledged write survives a crash and a power failure.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  // Nobody replicates from it: less to write, and no process that waits for replication work.
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_logical_replication_workers: 0,

  // A checkpoint writes every page anew to the log; ingest is steadier when they are rare, recovery still takes seconds.
  max_wal_size: '1GB',
  checkpoint_timeout: '10min',
  shared_buffers: '64MB',
  io_method: 'sync',

  // Short statements only. Parallel ones also need /dev/shm, of which a container has little.
  jit: 'off',
  max_parallel_workers_per_gather: 0,
  max_parallel_maintenance_workers: 0,

  timezone: 'UTC',
  log_timezone: 'UTC',

  // The gateway stamps each line, and gets each statement's error itself: rows and parameters are not for a log.
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '[%p] ',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/** The postmaster's command line. */
export function serverArguments(home: ServerHome, socket: SocketFolder, port: number): string[] {
  const settings = { ...SETTINGS, unix_socket_directories: quoted(socket.seenByServer) };
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', `${home.seenByServer}/data`, '-p', String(port), ...given];
}

/** The setting is a list: a comma or a space in a path must not divide it. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}
