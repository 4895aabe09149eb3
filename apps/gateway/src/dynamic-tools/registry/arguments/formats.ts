import { isIPv4, isIPv6 } from 'node:net';
import { isUuid } from '#core/identifiers.js';
import { parseInstant } from '#core/instant.js';
import type { Fuel } from './fuel.js';

const LONGEST = 2_048;
const EACH = 60;

/** Each takes a time in proportion to the text. Formats that are not here are remarks. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  uuid: isUuid,
  'date-time': (text) => parseInstant(text) !== undefined,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined,
  ipv4: isIPv4,
  ipv6: isIPv6,
  uri: (text) => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
};

/** The formats as Ajv takes them. */
export function formats(fuel: Fuel): Record<string, (text: string) => boolean> {
  const within = (isValid: (text: string) => boolean) => (text: string) => {
    fuel.spend(EACH + Math.min(text.length, LONGEST));
    return text.length <= LONGEST && isValid(text);
  };
  return Object.fromEntries(Object.entries(FORMATS).map(([name, isValid]) => [name, within(isValid)]));
}
