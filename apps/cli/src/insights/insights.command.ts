import type { AchillesClient } from '../client/achilles-client.js';
import type { Output, Terminal } from '../terminal.js';
import { render, strongest } from './render.js';
import { awaitProcessing, findSession, loadEvents, loadFindings } from './session-findings.js';

/** `achilles insights` as its command line says. */
export interface InsightsOptions {
  readonly workspace?: string;
  readonly waitSeconds: number;
  readonly json: boolean;
}

/** Prints what the gateway found in a session. Returns the exit code. */
export async function insightsCommand(
  client: AchillesClient,
  reference: string,
  options: InsightsOptions,
  { stdout, stderr }: Terminal,
): Promise<number> {
  const found = await findSession(client, reference, options.workspace);
  const session = await awaitProcessing(client, found, options.waitSeconds * 1_000);
  const findings = await loadFindings(client, session);
  if (options.json) {
    stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  } else {
    const shown = strongest(findings.correlations).flatMap((each) => [each.cause_event_id, each.effect_event_id]);
    stdout.write(render(findings, await loadEvents(client, session.id, new Set(shown)), widthOf(stdout)));
  }
  if (session.requires_processing) {
    stderr.write(
      'Not everything is processed yet: what you see may be incomplete. Ask again, or use --wait <seconds>.\n',
    );
  } else if (session.last_processed_at === null) {
    stderr.write(`The session is ${session.status} and has not been processed: that happens when it ends.\n`);
  }
  return 0;
}

const widthOf = ({ columns = 100 }: Output) => Math.min(Math.max(columns, 80), 120);
