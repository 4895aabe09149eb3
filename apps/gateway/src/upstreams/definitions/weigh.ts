import type { ToolDefinition } from '#gateway/tools/tool.js';
import type { DefinitionChange } from './changes/change.js';
import { fingerprint } from './fingerprint.js';
import type { PendingClass, Pin, PinWrite } from './pins/pin.js';

/** As `config/upstreams.yaml` says it of an upstream. */
export interface TrustPolicy {
  readonly on_change: 'quarantine' | 'accept_harmless' | 'accept';
  readonly on_first_sight: 'accept' | 'quarantine';
}

/** What becomes of a tool that an upstream lists. */
export interface Verdict {
  /** What is offered: as it is listed now, as it was approved, or nothing. */
  readonly offer: 'listed' | 'approved' | 'nothing';
  /** Why nothing is. */
  readonly reason?: string;
  /** What is to be remembered, where that is something else than before. */
  readonly write?: PinWrite;
  /** Set where the upstream says something else than was approved, for the first time. */
  readonly change?: { readonly classes: readonly PendingClass[]; readonly accepted: boolean };
}

const FIRST_SIGHT: readonly PendingClass[] = ['first_sight'];

/**
 * Judges one tool. Of what has changed, only other wording leaves the approved definition in use: the tool that stands
 * behind it takes the same calls. Anything else is not offered until somebody has decided.
 * @param change between the approved definition and this one; needed where `needsChange` says so
 */
export function weigh(
  listed: ToolDefinition,
  pin: Pin | undefined,
  policy: TrustPolicy,
  change?: DefinitionChange,
): Verdict {
  const sha256 = fingerprint(listed);
  const write = (more: Omit<PinWrite, 'tool' | 'revision'>): PinWrite => ({
    tool: listed.name,
    revision: pin?.revision ?? 0,
    ...more,
  });
  const approve = (): PinWrite => write({ take: 'approve', definition: listed, sha256, offered: true });
  const pend = (classes: readonly PendingClass[], harmless: boolean): PinWrite =>
    write({ take: 'pend', definition: listed, sha256, classes, harmless, offered: isWordingOnly(classes) });
  /** Nothing but whether it is offered may be other than before. */
  const stay = (verdict: Pick<Verdict, 'offer' | 'reason'>): Verdict => {
    const offered = verdict.offer !== 'nothing';
    return pin!.offered === offered ? verdict : { ...verdict, write: write({ take: 'keep', offered }) };
  };

  if (pin?.approvedSha256 === sha256) {
    if (pin.state === 'pending') return { offer: 'listed', write: write({ take: 'withdraw', offered: true }) };
    return stay({ offer: 'listed' });
  }
  if (pin?.pendingSha256 === sha256) {
    if (pin.state === 'rejected') return stay(withheld(pin.classes, 'refused by an administrator'));
    if (isAccepted(pin.classes, pin.harmless, policy)) return { offer: 'listed', write: approve() };
    return stay(waiting(pin.classes));
  }
  if (!pin || pin.approvedSha256 === null) {
    // Whoever refused a tool does not get it by its saying something else.
    const accepted = pin?.state !== 'rejected' && isAccepted(FIRST_SIGHT, false, policy);
    return accepted
      ? { offer: 'listed', write: approve() }
      : { ...waiting(FIRST_SIGHT), write: pend(FIRST_SIGHT, false) };
  }
  const { classes, harmless } = change!;
  if (isAccepted(classes, harmless, policy)) {
    return { offer: 'listed', write: approve(), change: { classes, accepted: true } };
  }
  return { ...waiting(classes), write: pend(classes, harmless), change: { classes, accepted: false } };
}

/** Whether what is listed is neither what was approved nor what waits already. */
export const needsChange = (listed: ToolDefinition, pin: Pin | undefined): boolean =>
  typeof pin?.approvedSha256 === 'string' &&
  pin.approvedSha256 !== fingerprint(listed) &&
  pin.pendingSha256 !== fingerprint(listed);

function isAccepted(classes: readonly PendingClass[], harmless: boolean, policy: TrustPolicy): boolean {
  if (classes.includes('first_sight')) return policy.on_first_sight === 'accept';
  return policy.on_change === 'accept' || (policy.on_change === 'accept_harmless' && harmless);
}

const isWordingOnly = (classes: readonly PendingClass[]): boolean =>
  classes.length > 0 && classes.every((kind) => kind === 'wording');

const waiting = (classes: readonly PendingClass[]): Pick<Verdict, 'offer' | 'reason'> =>
  withheld(
    classes,
    classes.includes('first_sight')
      ? 'seen for the first time, and not approved yet'
      : `has changed (${classes.join(', ')}), and is not approved yet`,
  );

const withheld = (classes: readonly PendingClass[], reason: string): Pick<Verdict, 'offer' | 'reason'> =>
  isWordingOnly(classes) ? { offer: 'approved' } : { offer: 'nothing', reason };
