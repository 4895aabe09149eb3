import { type Logger, pino } from 'pino';
import { STANDARD_ERROR } from './log-destination.js';

/** The one line of a request. None of it is what a client wrote freely: it needs no redaction. */
export interface RequestLine {
  readonly request_id: string;
  readonly method: string;
  readonly operation: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly tenant: string | undefined;
  readonly trace_id: string;
}

/** Writes one line for each request. A logger of its own: what the other does to its lines costs more than this line. */
export class RequestLog {
  private readonly pino: Logger;

  constructor(level: string) {
    this.pino = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, STANDARD_ERROR);
  }

  /** Probes are of use only to who looks for them. */
  write(line: RequestLine, probe: boolean): void {
    if (probe) this.pino.debug(line, 'request');
    else this.pino.info(line, 'request');
  }

  /** A connection that was refused before it carried a request. */
  refused(line: { readonly request_id: string; readonly status: number; readonly code: string }): void {
    this.pino.debug(line, 'refused');
  }
}
