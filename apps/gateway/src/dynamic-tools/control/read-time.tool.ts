import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { BuiltinTool } from '#gateway/builtin-tools/builtin-tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { Clock } from '#observability/clock.js';
import { integer, maybe, object, type Static, string } from '#schema/schema.js';
import { shown } from './tool-answers.js';

const Input = object({
  timeZone: maybe(string({ minLength: 1, maxLength: 64, description: 'Of IANA: Europe/Berlin. Default: UTC.' })),
});

/** `time.now`: models do not know it. */
@Injectable()
export class ReadTimeTool extends BuiltinTool<Static<typeof Input>> {
  constructor(private readonly clock: Clock) {
    super({
      name: 'time.now',
      title: 'The time',
      description: 'Tells the date and the time now, as ISO 8601 in the time zone that you name, and as Unix seconds.',
      input: Input,
      output: object({ iso: string(), unixSeconds: integer(), timeZone: string() }),
      scope: 'tools:call',
      readOnly: true,
      idempotent: true,
    });
  }

  protected answer(_caller: Caller, { timeZone = 'UTC' }: Static<typeof Input>) {
    const now = this.clock.now();
    return Promise.resolve(shown({ iso: isoIn(timeZone, now), unixSeconds: Math.floor(now / 1_000), timeZone }));
  }
}

/** `2026-03-01T10:00:00.000+01:00`; with a Z where that is the time of Greenwich. @throws InvalidArguments */
function isoIn(timeZone: string, now: number): string {
  const offset = offsetOf(timeZone, now);
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
  const minutesAhead = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const local = new Date(now + minutesAhead * 60_000).toISOString();
  return minutesAhead === 0 ? local : `${local.slice(0, -1)}${sign}${hours}:${minutes}`;
}

/** `GMT+01:00`. */
function offsetOf(timeZone: string, now: number): string {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    return format.formatToParts(now).find(({ type }) => type === 'timeZoneName')!.value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArguments([{ field: 'timeZone', code: 'not_in_enum', message: 'is not a time zone of IANA' }]);
  }
}
