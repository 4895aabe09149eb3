import { hash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { OpenApiUpstream } from '#config/upstreams-file.js';
import { WatchedFile } from '#config/watched-file.js';
import { AppError } from '#errors/app-error.js';
import { AddressRefused } from '#egress/egress.errors.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { BackendUnavailable, InvalidResult } from '#gateway/tools/tools.errors.js';
import { isAddress } from './api-address.js';
import type { ApiDocument, ApiOperation, DocumentWishes } from './api-operation.js';
import { DocumentFault } from './document-faults.js';
import type { DocumentText } from './document-text.js';
import { readInThread } from './document-thread.js';

const TOLD = 20;

/** A document as it was read last, its operations by the names of their tools. */
export interface KeptDocument {
  readonly document: ApiDocument;
  readonly operations: ReadonlyMap<string, ApiOperation>;
}

/** The document of one upstream: read when it is needed, read again when it changes; a bad one leaves the last good one. */
export class DocumentKeeper {
  private readonly logger = new Logger('Upstreams');
  private readonly closing = new AbortController();
  private readonly listeners = new Set<() => void>();
  private kept: KeptDocument | undefined;
  private digest = '';
  private readAt = -Infinity;
  private reading: Promise<KeptDocument> | undefined;
  private failure: string | undefined;
  private file: WatchedFile | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param shown headers for the document's own server */
  constructor(
    private readonly spec: OpenApiUpstream,
    private readonly text: DocumentText,
    private readonly shown: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>,
  ) {}

  /** @throws InvalidResult, BackendUnavailable */
  async current(): Promise<KeptDocument> {
    return this.kept ?? this.read();
  }

  /** As `current`, looked at again where it may be another one. */
  async fresh(): Promise<KeptDocument> {
    const isOld = performance.now() - this.readAt >= this.spec.refresh_seconds * 1_000;
    if (this.kept && (!isAddress(this.spec.document) || !isOld)) return this.kept;
    return this.read().catch((error: unknown) => {
      if (this.kept) return this.kept;
      throw error;
    });
  }

  /** Calls back when there are other tools. @returns how to stop */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    if (isAddress(this.spec.document)) {
      this.timer ??= setInterval(() => this.look(), this.spec.refresh_seconds * 1_000).unref();
    }
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** For people. */
  status(): JsonObject {
    const { document } = this.kept ?? {};
    return {
      ...(document && {
        title: document.title,
        version: document.version,
        operations: document.operations.length,
        left_out: document.leftOut.slice(0, TOLD),
        faults: document.faults,
      }),
      ...(this.failure !== undefined && { error: this.failure }),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.file?.close();
    this.closing.abort(new Error('this upstream is closed'));
    await this.text.close();
  }

  private look(): void {
    this.read().catch(() => undefined);
  }

  private read(): Promise<KeptDocument> {
    this.reading ??= this.readOnce().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readOnce(): Promise<KeptDocument> {
    const { signal } = this.closing;
    // Before it is read: what is written meanwhile is then seen as a change.
    if (!isAddress(this.spec.document) && this.spec.origin === 'file') {
      this.file ??= new WatchedFile(this.spec.document, () => this.look());
    }
    try {
      const text = await this.text.read(signal, await this.shown(signal));
      this.readAt = performance.now();
      if (text !== undefined) await this.take(text, signal);
      this.failure = undefined;
      return this.kept!;
    } catch (error) {
      throw this.told(error);
    }
  }

  private async take(text: string, signal: AbortSignal): Promise<void> {
    const digest = hash('sha256', text);
    if (this.kept && digest === this.digest) return;
    const document = await readInThread(text, wishesOf(this.spec), signal);
    const before = this.kept;
    this.kept = { document, operations: new Map(document.operations.map((one) => [one.definition.name, one])) };
    this.digest = digest;
    for (const { operation, reason } of document.leftOut.slice(0, TOLD)) {
      this.logger.warn(`${this.spec.name}: ${operation} is left out: ${reason}`);
    }
    if (before) for (const listener of this.listeners) listener();
  }

  /** Said once for each failure. */
  private told(error: unknown): Error {
    const isFault = error instanceof DocumentFault || error instanceof AddressRefused || error instanceof AppError;
    const reason = isFault ? error.message : 'it cannot be reached';
    if (reason !== this.failure) this.logger.warn(`${this.spec.name}: its document cannot be used: ${reason}`);
    this.failure = reason;
    if (error instanceof AppError) return error;
    if (isFault) return new InvalidResult(this.spec.name, `its OpenAPI document cannot be used: ${reason}`);
    return new BackendUnavailable(this.spec.name, error);
  }
}

function wishesOf({ operations, auth }: OpenApiUpstream): DocumentWishes {
  const { kind, name } = auth ?? {};
  const isParameter = name !== undefined && (kind === 'query' || kind === 'header');
  return { ...(operations && { patterns: operations }), ...(isParameter && { credential: { in: kind, name } }) };
}
