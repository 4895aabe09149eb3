import { argumentFaults } from './argument-schema.js';
import type { ToolEntry } from './tools-file.js';

/** Unreserved and sub-delimiters of RFC 3986: no percent-encoding, which could hide a traversal, no query. */
const PATH = /^\/[\w.~:@!$&'()*+,;=/-]*$/;

/** What is wrong with a tool beyond its members' types, each fault with the member's name before it. */
export function toolFaults(entry: ToolEntry, backends: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  if (!backends.has(entry.backend)) faults.push(`backend ${JSON.stringify(entry.backend)} is not one of backends`);
  faults.push(...pathFaults(entry.path));
  if (entry.try_timeout_seconds !== undefined && entry.try_timeout_seconds > entry.timeout_seconds) {
    faults.push('try_timeout_seconds must not be more than timeout_seconds');
  }
  // What is remembered is not done a second time.
  if (entry.cache_seconds > 0 && entry.annotations?.readOnlyHint !== true) {
    faults.push('cache_seconds needs annotations.readOnlyHint: true');
  }
  faults.push(...argumentFaults(entry));
  return faults;
}

function pathFaults(path: string): string[] {
  if (!PATH.test(path)) return ['path must begin with / and hold no query, percent-encoding or space'];
  if (path.includes('//')) return ['path must not hold //'];
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return ['path must not hold . or ..'];
  return [];
}
