import { array, boolean, maybe, object, oneOf, record, string, type Static } from '#schema/schema.js';
import { CHANGE_CLASSES } from './changes/change.js';
import { DEFINITION_FLAGS } from './mentions.js';
import { PENDING_CLASSES, PIN_STATES } from './pins/pin.js';

export const DEFINITION_STATES = [...PIN_STATES, 'excluded'] as const;
const Time = string({ format: 'date-time' });
const Sha256 = string({ pattern: '^[0-9a-f]{64}$' });

const ENTRY = {
  tool: string({ description: 'As the upstream names it.' }),
  state: oneOf(DEFINITION_STATES, {
    description: '`approved`: nothing waits. `excluded`: it cannot be offered, whoever approves it.',
  }),
  offered: boolean({ description: 'Whether it can be called now.' }),
  classes: array(oneOf(PENDING_CLASSES), { description: 'What kind of change waits, the weightiest first.' }),
  harmless: boolean({ description: 'Whether `on_change: accept_harmless` takes it.' }),
  flags: array(oneOf(DEFINITION_FLAGS), { description: 'What to look at twice.' }),
  mentions: array(string(), { description: 'Tools of others that it names.' }),
  approved_sha256: maybe(Sha256),
  pending_sha256: maybe(Sha256),
  reason: maybe(string({ description: 'Why it is left out.' })),
  first_seen: maybe(Time),
  changed_at: maybe(Time),
  decided_at: maybe(Time),
  decided_by: maybe(string({ description: 'Nobody where the policy of the upstream did.' })),
};

/** A tool of an upstream, and what was decided about its definition. */
export const DefinitionEntryOut = object(ENTRY, { $id: 'DefinitionEntry' });
export type DefinitionEntryOut = Static<typeof DefinitionEntryOut>;

/** All tools of an upstream. */
export const DefinitionList = object(
  {
    definitions: array(DefinitionEntryOut),
    pending_sha256: string({ description: 'Stands for all that waits, whatever was asked for. The `ETag` as well.' }),
  },
  { $id: 'DefinitionList' },
);

const ChangeOut = object(
  {
    path: string({ description: 'JSON Pointer into the definition.' }),
    class: oneOf(CHANGE_CLASSES),
    why: string(),
    harmless: boolean(),
    before: maybe({ description: 'Any JSON value; left out where there was none.' }),
    after: maybe({ description: 'Any JSON value; left out where there is none any more.' }),
  },
  { $id: 'DefinitionChange' },
);

/** One tool: what was approved, what waits, and how they differ. */
export const DefinitionOut = object(
  { ...ENTRY, approved: maybe(record()), pending: maybe(record()), changes: array(ChangeOut) },
  { $id: 'Definition' },
);
export type DefinitionOut = Static<typeof DefinitionOut>;

/** What was approved in one go. */
export const ApprovedList = object({ approved: array(string()) }, { $id: 'ApprovedDefinitions' });
