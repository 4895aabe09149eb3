import { variablesOf } from './backend-variables.js';
import type { Config } from './env.js';
import { readIssuers } from './issuers-file.js';
import { readRateLimits } from './rate-limits-file.js';
import { OperatorFileError } from './read-operator-file.js';
import { readTools } from './tools-file.js';
import { upstreamVariablesOf } from './upstream-variables.js';
import { readUpstreams } from './upstreams-file.js';
import { vaultFaults } from './vault-faults.js';

/** Reads each file that an operator edits, as the feature that uses it will. One line a file. */
const FILES: readonly ((config: Config) => unknown)[] = [
  readIssuers,
  (config) => readRateLimits(config.RATE_LIMITS_FILE),
  (config) => readTools(config.TOOLS_FILE, variablesOf(config)),
  (config) => {
    const { upstreams } = readUpstreams(config.UPSTREAMS_FILE, upstreamVariablesOf(config));
    const faults = vaultFaults(config, upstreams);
    if (faults.length > 0) throw new OperatorFileError(config.UPSTREAMS_FILE, faults);
  },
];

/** What is wrong with the operator's files, so that a start names it beside what is wrong with the environment. */
export function faultsOfOperatorFiles(config: Config): string[] {
  return FILES.flatMap((read) => {
    try {
      read(config);
      return [];
    } catch (error) {
      if (error instanceof OperatorFileError) return error.faults.map((fault) => `${error.file}: ${fault}`);
      throw error;
    }
  });
}
