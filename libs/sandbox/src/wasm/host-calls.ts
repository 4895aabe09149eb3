import { setImmediate } from 'node:timers/promises';
import type { HostFunctions } from '../sandbox.js';
import { isDeeperThan } from '../json-depth.js';
import { type Answer, DEEPEST, type HostCall, MOST_HOST_JSON } from './thread-messages.js';

/** JSON that takes longer to read than anybody should wait for what else goes on. */
const LARGE = 65_536;
const LONGEST_MESSAGE = 2_000;

/** What the code of one run asks of the gateway. */
export class HostCalls {
  private readonly ended = new AbortController();
  private readonly signal: AbortSignal;
  /** Large arguments are read one after the other, with time for others between them. */
  private read: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly functions: HostFunctions,
    signal: AbortSignal,
    private readonly tell: (answer: Answer) => void,
  ) {
    this.signal = AbortSignal.any([signal, this.ended.signal]);
  }

  async take({ run, call, name, args }: HostCall): Promise<void> {
    const answer = await this.answerTo(name, args).then(
      (text) => ({ run, call, text }),
      (error: unknown) => ({ run, call, ...told(error) }),
    );
    if (!this.signal.aborted) this.tell(answer);
  }

  /** Nobody waits for any of them any more. */
  end(): void {
    this.ended.abort();
  }

  private async answerTo(name: string, args: string): Promise<string> {
    if (!Object.hasOwn(this.functions, name)) throw new TypeError(`There is no function ${name}`);
    if (isDeeperThan(args, DEEPEST)) throw new RangeError(`The arguments are nested more than ${DEEPEST} levels deep`);
    if (args.length > LARGE) await (this.read = this.read.then(() => setImmediate()));
    this.signal.throwIfAborted();
    const given = await this.functions[name]!(JSON.parse(args) as unknown[], this.signal);
    const text = JSON.stringify(given) ?? 'null';
    if (Buffer.byteLength(text) > MOST_HOST_JSON)
      throw new RangeError(`The answer is larger than ${MOST_HOST_JSON} bytes`);
    return text;
  }
}

/** Of what a host function throws, the code sees this. */
function told(error: unknown): { name: string; message: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name: String(name), message: String(message).slice(0, LONGEST_MESSAGE) };
}
