/** The revisions with a handshake, newest first. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
export type LegacyVersion = (typeof LEGACY_VERSIONS)[number];

/** What a client speaks that names no revision: the last one in which it did not have to. */
export const UNNAMED_VERSION: LegacyVersion = '2025-03-26';

export const isLegacyVersion = (version: unknown): version is LegacyVersion =>
  LEGACY_VERSIONS.includes(version as LegacyVersion);

/** What is answered to `initialize`: what was asked for, or the newest that has a handshake. */
export const negotiate = (asked: unknown): LegacyVersion => (isLegacyVersion(asked) ? asked : LEGACY_VERSIONS[0]);

/** Several messages in one POST; taken out again in 2025-06-18. */
export const hasBatches = (version: LegacyVersion): boolean => version <= '2025-03-26';

/** A stream may be ended at any time, and the client comes back for the rest: its first event says where from. */
export const hasPriming = (version: LegacyVersion): boolean => version >= '2025-11-25';

/** A person is sent to an address, and the client is told when that is done. */
export const hasCompletion = (version: LegacyVersion): boolean => version >= '2025-11-25';
