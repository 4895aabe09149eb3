/**
 * What texts say that are meant for a model rather than about a tool. Each rule is looked for in lower case, with
 * bounded gaps: linear in the text. None of them proves anything; a text that gains one is for a person to read.
 */
const INSTRUCTIONS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|previous|prior|above|rule|prompt|guideline|polic)/gs,
  /\byou (?:must|should|shall|have to|need to|are required|are to)\b/gs,
  /\b(?:always|never|must|only)\b.{0,30}\b(?:call|use|include|send|add|pass|read|run|invoke|append|provide|attach)\b/gs,
  /\b(?:before|after|prior to|instead of|rather than|whenever)\b.{0,40}\b(?:call|using|use|invok|running|answering|respond|reply)/gs,
  /\b(?:do not|don['’]t|never|without)\b.{0,40}\b(?:tell|mention|inform|reveal|show|ask|notif|disclos|warn|confirm)/gs,
  /<\/?(?:important|system|instructions?|secret|admin|assistant|user|critical)\b|\[\/?(?:system|inst)\b|\bsystem prompt\b/gs,
  /\b(?:api[ _-]?keys?|passwords?|credentials?|private[ _-]keys?|access[ _-]tokens?|secrets?|id_rsa)\b|\.ssh\b|\.env\b|\/etc\//gs,
  /\b(?:first|step 1)\b.{0,30}\b(?:read|call|fetch|open|list|cat|send)\b/gs,
  /\b(?:send|forward|post|upload|e-?mail|exfiltrate|copy|transmit)\b.{0,60}\bto\b/gs,
  /\b(?:conversation|chat history|context window|previous messages|entire context)\b/gs,
  /\b(?:execute|eval|curl|wget|sudo|powershell)\b|\brm -/gs,
  /\b(?:https?|ftp|wss?|data|javascript):\S/gs,
];

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

/** How often each rule holds. */
function counted(text: string): readonly number[] {
  const lower = plain(text);
  return INSTRUCTIONS.map((rule) => lower.match(rule)?.length ?? 0);
}

/** True for a text that speaks to the model rather than of the tool. */
export const givesInstructions = (text: string): boolean => counted(text).some((times) => times > 0);

const ADDRESSES = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]]+/g;
const addressesIn = (text: string): readonly string[] => plain(text).match(ADDRESSES) ?? [];

/** True where the new text gives instructions, or names addresses, that the old one did not. */
export function gainsInstructions(before: string, after: string): boolean {
  const old = counted(before);
  if (counted(after).some((times, rule) => times > old[rule]!)) return true;
  const known = new Set(addressesIn(before));
  return addressesIn(after).some((address) => !known.has(address));
}

const QUOTES = /[‘’‚‛`´]/g;
const DOUBLE_QUOTES = /[“”„‟«»]/g;
/** Marks at the edge of a word. Within one they may be what counts: `/data` is not `./data`. */
const MARKS = /(?<=^|\s)["'(]+|["'),.;:!?…]+(?=\s|$)/g;
const LONELY_DASHES = /(?<=^|\s)[-–—]+(?=\s|$)/g;

const bare = (text: string): string =>
  text
    .replace(QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(LONELY_DASHES, ' ')
    .replace(MARKS, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** True where the two differ in white space and in marks between words only. */
export const differInMarksOnly = (before: string, after: string): boolean => bare(before) === bare(after);
