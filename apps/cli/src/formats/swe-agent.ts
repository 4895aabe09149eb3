import { basename, posix } from 'node:path';
import { cutText } from '../import/fit-event.js';
import { type RecordedEvent, type RecordedSession, UnreadableRecording } from '../import/recorded-session.js';
import { sweAgentAction } from './swe-agent-actions.js';
import { type Json, listOf, numberOf, objectOf, textOf } from './untrusted-json.js';

const AGENT_ID = 'swe-agent';
const STEP_MS = 1_000;
const LONGEST_STEP_MS = 24 * 3_600_000;
const LONGEST_SUBMISSION = 64 * 1024;

/** A `.traj` file once read. */
export interface TrajectoryFile {
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
  readonly modifiedMs: number;
}

/**
 * Reads a SWE-agent trajectory. It carries no times, so the session starts when the file was last written, unless the
 * server knows better from an earlier import.
 * @throws UnreadableRecording
 */
export function readTrajectory(file: TrajectoryFile): RecordedSession {
  const trajectory = parsedTrajectory(file.text);
  const info = objectOf(trajectory['info']) ?? {};
  const config = objectOf(parsedIfText(trajectory['replay_config'])) ?? {};
  const steps = stepsOf(trajectory);
  const exitStatus = textOf(info['exit_status']);
  const run = { steps, model: modelOf(config), submitted: exitStatus?.startsWith('submitted') === true };
  return {
    key: keyOf(file),
    format: 'swe-agent',
    startTime: startTime(file.modifiedMs),
    status: run.submitted ? 'completed' : exitStatus === undefined ? 'abandoned' : 'failed',
    workspaceRoot: steps.map((step) => step.directory).find((directory) => directory !== undefined),
    vcsRemoteUrl: textOf(objectOf(objectOf(config['env'])?.['repo'])?.['github_url']),
    tags: ['swe-agent'],
    info: finalInfo(trajectory, info),
    eventCount: [...eventsOf(run, 0)].length,
    resumable: true,
    events: (start) => eventsOf(run, Date.parse(start)),
  };
}

interface Step {
  readonly number: number;
  readonly thought: string | undefined;
  readonly action: string | undefined;
  readonly observation: string | undefined;
  readonly durationMs: number | undefined;
  readonly openFile: string | undefined;
  readonly directory: string | undefined;
}

interface Run {
  readonly steps: readonly Step[];
  readonly model: string | undefined;
  readonly submitted: boolean;
}

function* eventsOf({ steps, model, submitted }: Run, startMs: number): Generator<RecordedEvent> {
  const root = steps.map((step) => step.directory).find((directory) => directory !== undefined);
  const base = {
    source_type: 'agent',
    source_name: 'swe-agent',
    attribution_source: 'agent',
    agent_metadata: { agent_id: AGENT_ID, model },
    project_root: root,
  } as const;
  let elapsedMs = 0;
  for (const step of steps) {
    let offset = 0;
    for (const content of stepContents(step)) {
      yield { ...base, ...content, client_timestamp: new Date(startMs + elapsedMs + offset++).toISOString() };
    }
    // Never less than the step's own events take: the order in time is the order in the file.
    elapsedMs += Math.max(offset, Math.min(step.durationMs ?? STEP_MS, LONGEST_STEP_MS));
  }
  if (submitted) {
    const client_timestamp = new Date(startMs + elapsedMs).toISOString();
    yield { ...base, event_type: 'milestone', payload: { name: 'submitted' }, client_timestamp };
  }
}

type Content = Pick<RecordedEvent, 'event_type' | 'payload' | 'file_path' | 'raw_message'>;

function* stepContents(step: Step): Generator<Content> {
  const call = { call_id: `step-${step.number}`, step: step.number };
  if (step.thought?.trim()) {
    yield { event_type: 'agent_message', raw_message: step.thought, payload: { step: step.number } };
  }
  if (step.action?.trim()) {
    const { tool, eventType, file } = sweAgentAction(step.action, step.openFile);
    const file_path = file === undefined ? undefined : posix.resolve(step.directory ?? '/', file);
    yield { event_type: eventType, file_path, payload: { tool, command: step.action, ...call } };
  }
  if (step.observation !== undefined) {
    yield { event_type: 'tool_result', payload: { ...call, output: step.observation, duration_ms: step.durationMs } };
  }
}

function parsedTrajectory(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UnreadableRecording('is not valid JSON (cut off?)', error);
  }
  const trajectory = objectOf(value);
  if (!Array.isArray(trajectory?.['trajectory'])) {
    throw new UnreadableRecording('is not a SWE-agent trajectory: it has no "trajectory" list');
  }
  return trajectory;
}

function stepsOf(trajectory: Json): Step[] {
  return listOf(trajectory['trajectory']).map((value, index) => {
    const step = objectOf(value);
    if (!step) throw new UnreadableRecording(`is not a SWE-agent trajectory: step ${index + 1} is not an object`);
    const state = objectOf(parsedIfText(step['state'])) ?? {};
    const openFile = textOf(state['open_file']);
    const directory = textOf(state['working_dir']);
    const seconds = numberOf(step['execution_time']);
    return {
      number: index + 1,
      thought: textOf(step['thought']),
      action: textOf(step['action']),
      observation: typeof step['observation'] === 'string' ? step['observation'] : undefined,
      durationMs: seconds === undefined ? undefined : Math.round(seconds * 1_000),
      openFile: openFile === 'n/a' ? undefined : openFile,
      directory: directory?.startsWith('/') ? directory : undefined,
    };
  });
}

/** `state` and `replay_config` are JSON in a string in some versions of SWE-agent, and an object in others. */
function parsedIfText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const modelOf = (config: Json) => textOf(objectOf(objectOf(config['agent'])?.['model'])?.['name'])?.slice(0, 200);

function keyOf({ path, sha256 }: TrajectoryFile): string {
  const name = basename(path)
    .replace(/(\.traj)?(\.json)?$/, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 150);
  return `swe-agent:${name}:${sha256.slice(0, 16)}`;
}

/** Archives write times such as 1970 or 1985, which the gateway rightly takes for a fault of the clock. */
function startTime(modifiedMs: number): string {
  const plausible = modifiedMs > Date.UTC(2000, 0, 2) && modifiedMs < Date.now();
  return new Date(plausible ? modifiedMs : Date.now()).toISOString();
}

function finalInfo(trajectory: Json, info: Json): Record<string, unknown> {
  const submission = textOf(info['submission']);
  return {
    environment: textOf(trajectory['environment']),
    exit_status: textOf(info['exit_status']),
    model_stats: Object.fromEntries(
      Object.entries(objectOf(info['model_stats']) ?? {}).filter(([, figure]) => typeof figure === 'number'),
    ),
    submission: submission && cutText(submission, LONGEST_SUBMISSION),
    submission_bytes: submission && Buffer.byteLength(submission),
  };
}
