import { Logger } from '@nestjs/common';
import { redactText } from '#observability/redact.js';
import { Allowance } from '../dialogue/allowance.js';
import type { SecretValues } from './secret-values.js';

/** Lines that are kept, and characters of each. */
const MOST_LINES = 40;
const MOST_CHARACTERS = 2_000;
/** Lines that are logged: so many at once, then so many a second. */
const BURST = 100;
const PER_SECOND = 20;

interface Line {
  readonly text: string;
  readonly isCut: boolean;
  readonly secrets: SecretValues;
}

/** The last that the processes of one upstream wrote to standard error. Secrets are taken out when somebody looks. */
export class StderrLog {
  private readonly logger = new Logger('Upstreams');
  private readonly allowance = new Allowance(BURST, PER_SECOND);
  private readonly lines: Line[] = [];

  constructor(private readonly upstream: string) {}

  /** How a process adds to it. What is at the end of a line that has no end is not lost, but comes in pieces. */
  of(secrets: SecretValues): (chunk: Buffer) => void {
    let rest = '';
    let isCut = false;
    return (chunk) => {
      const pieces = (rest + chunk.toString('utf8')).split('\n');
      rest = pieces.pop()!;
      for (const text of pieces) {
        if (!isCut) this.add({ text, isCut: text.length > MOST_CHARACTERS, secrets });
        isCut = false;
      }
      if (rest.length <= MOST_CHARACTERS) return;
      if (!isCut) this.add({ text: rest, isCut: true, secrets });
      isCut = true;
      rest = '';
    };
  }

  /** A line of our own among them. */
  note(text: string, secrets: SecretValues): void {
    this.add({ text, isCut: false, secrets });
  }

  /** @param most the last so many */
  last(most: number): string[] {
    return this.lines.slice(-most).map(clean);
  }

  private add(line: Line): void {
    const text = line.text.trimEnd().slice(0, MOST_CHARACTERS);
    if (text === '') return;
    const kept = { ...line, text };
    this.lines.push(kept);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    if (this.allowance.take()) this.logger.debug(`${this.upstream}: ${clean(kept)}`);
  }
}

const clean = ({ text, isCut, secrets }: Line): string => redactText(secrets.hide(text, isCut));
