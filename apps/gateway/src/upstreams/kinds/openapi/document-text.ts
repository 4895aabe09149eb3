import { open } from 'node:fs/promises';
import type { OpenApiUpstream } from '#config/upstreams-file.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';
import type { UpstreamOrigins } from '../../upstream-origin.js';
import { isAddress } from './api-address.js';
import { ApiOutlet } from './api-outlet.js';
import { DocumentFault } from './document-faults.js';

const LARGEST = 8 * 1_024 * 1_024;
const READ_MS = 20_000;

/** The text of a document, wherever it is. */
export interface DocumentText {
  /**
   * @param headers what an API's own origin is shown
   * @returns undefined where it is what it was. @throws DocumentFault, and what egress throws
   */
  read(signal: AbortSignal, headers: Readonly<Record<string, string>>): Promise<string | undefined>;
  close(): Promise<void>;
}

export function documentText(spec: OpenApiUpstream, origins: UpstreamOrigins): DocumentText {
  if (isAddress(spec.document)) return new FetchedText(spec, origins);
  // Whoever may add upstreams may not read this machine's files.
  if (spec.origin !== 'file') return new RefusedText();
  return new FileText(spec.document);
}

class FileText implements DocumentText {
  constructor(private readonly path: string) {}

  async read(): Promise<string> {
    try {
      await using file = await open(this.path);
      const { size } = await file.stat();
      if (size > LARGEST) throw new DocumentFault(`it has more than ${LARGEST} bytes`);
      return await file.readFile('utf8');
    } catch (error) {
      if (error instanceof DocumentFault) throw error;
      throw new DocumentFault(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class RefusedText implements DocumentText {
  read(): Promise<never> {
    return Promise.reject(new DocumentFault('it must be an address: a file is read only where an operator names it'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Read again only when the server says that it is another one. */
class FetchedText implements DocumentText {
  private outlet: ApiOutlet | undefined;
  private etag: string | undefined;
  private modified: string | undefined;

  constructor(
    private readonly spec: OpenApiUpstream,
    private readonly origins: UpstreamOrigins,
  ) {}

  async read(signal: AbortSignal, shown: Readonly<Record<string, string>>): Promise<string | undefined> {
    const headers: Record<string, string> = { ...shown, accept: 'application/json, application/yaml, */*;q=0.5' };
    if (this.etag !== undefined) headers['if-none-match'] = this.etag;
    else if (this.modified !== undefined) headers['if-modified-since'] = this.modified;
    const {
      status,
      headers: told,
      body,
    } = await this.ask(AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]), headers);
    if (status === 304) return undefined;
    if (status !== 200) throw new DocumentFault(`its server answered with ${status}`);
    this.etag = one(told['etag']);
    this.modified = one(told['last-modified']);
    return body.toString();
  }

  close(): Promise<void> {
    return this.outlet?.close() ?? Promise.resolve();
  }

  private async ask(signal: AbortSignal, headers: Readonly<Record<string, string>>) {
    const { spec, origins } = this;
    // The document's own query is sent, and nothing is opened before it is needed.
    this.outlet ??= new ApiOutlet(new URL(spec.document), origins.openAt(spec, spec.document, spec.origin));
    try {
      return await this.outlet.request({ method: 'GET', path: '', headers, signal, maxBytes: LARGEST });
    } catch (error) {
      if (error instanceof AnswerTooLarge) throw new DocumentFault(`it has more than ${LARGEST} bytes`);
      throw error;
    }
  }
}

const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);
