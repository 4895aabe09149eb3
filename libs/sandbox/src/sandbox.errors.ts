import { defineError } from '#errors/define-error.js';

/** The name of an error in bodies and records, as the runbook has it. */
const named = (error: string) => ({ members: { error } });

/** Every place is taken, and so is every place to wait. */
export const SandboxBusy = defineError('sandbox_busy', 503, (retryAfter: number) => ({
  message: `Every sandbox is busy. Try again in ${retryAfter} s.`,
  retryAfter,
  ...named('GuardRejectionError'),
}));

export const SandboxUnavailable = defineError('sandbox_unavailable', 503, (engine: string, cause?: unknown) => ({
  message: `The ${engine} engine cannot be reached: what needs it does not run at the moment. Try again later.`,
  cause,
  ...named('BackendUnavailableError'),
}));

export const ImageNotAllowed = defineError('image_not_allowed', 422, (image: string, allowed: readonly string[]) => ({
  message: `The image ${JSON.stringify(image.slice(0, 128))} is not one that code may run in: ${allowed.join(', ')}.`,
  ...named('ValidationError'),
}));

export const PackageNotAllowed = defineError('package_not_allowed', 422, (name: string, why: string) => ({
  message: `The package ${JSON.stringify(name.slice(0, 128))} cannot be depended on: ${why}.`,
  ...named('ValidationError'),
}));

/** @param why of npm's own words, cut */
export const DependenciesFailed = defineError('dependencies_failed', 422, (why: string) => ({
  message: `The dependencies could not be installed: ${why}`,
  ...named('ValidationError'),
}));

/** An allowed image that the engine does not have: the gateway never pulls one by itself. */
export const ImageMissing = defineError('image_missing', 503, (image: string) => ({
  message: `The image ${JSON.stringify(image)} is not at the Docker Engine: the operator has to pull it.`,
  ...named('BackendUnavailableError'),
}));

/** Also when it is somebody else's, or lives in another process of the gateway. By its own name: the tool is there. */
export const SessionNotFound = defineError('sandbox_session_not_found', 404, (id: string) => ({
  message:
    `There is no sandbox session ${JSON.stringify(id.slice(0, 128))} here: it has ended, or another process of the gateway ` +
    'holds it. Start a new one with sandbox.initialize, and make again the files that you need.',
}));
