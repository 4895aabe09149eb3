import { Logger } from '@nestjs/common';
import { AppError, type ErrorDetails } from '#errors/app-error.js';
import {
  BackendUnavailable,
  CallCancelled,
  InvalidResult,
  MissingClientCapability,
  ToolTimeout,
  UpstreamResponse,
  UpstreamRpcError,
} from '#gateway/tools/tools.errors.js';
import { ConnectNeeded } from '../upstreams.errors.js';
import { AddressToOpen, CallNotWaiting, CallTakenUp, InputDeclined } from './bridging.errors.js';

/** A failure on its way from one process to another. */
export interface PackedError {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Those that somebody tells apart by their class. */
const KINDS = [
  AddressToOpen,
  BackendUnavailable,
  CallCancelled,
  CallNotWaiting,
  CallTakenUp,
  ConnectNeeded,
  InputDeclined,
  InvalidResult,
  MissingClientCapability,
  ToolTimeout,
  UpstreamResponse,
  UpstreamRpcError,
];

const logger = new Logger('Upstreams');

const UNEXPECTED = 'unexpected';

/** What nobody expected is logged where it happened. */
export function packError(error: unknown): PackedError {
  if (error instanceof AppError) {
    const { code, status, message, details } = error;
    return { code, status, message, details };
  }
  logger.error(error, 'A parked call failed');
  return { code: UNEXPECTED, status: 500, message: '', details: {} };
}

export function unpackError({ code, status, message, details }: PackedError): Error {
  if (code === UNEXPECTED) return new Error('A parked call failed at another process, which has logged it');
  const error = new AppError(code, status, message, details);
  const kind = KINDS.find((one) => one.code === code);
  return kind ? (Object.setPrototypeOf(error, kind.prototype as object) as AppError) : error;
}
