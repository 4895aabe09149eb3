import type { CallChannel } from '#gateway/tools/call-channel.js';
import { lacking } from '#gateway/tools/input-needs.js';
import type { InputRequest, InputRequired, JsonObject } from '#gateway/tools/tool.js';
import { UpstreamRpcError } from '#gateway/tools/tools.errors.js';
import { AddressToOpen, InputDeclined } from './bridging.errors.js';
import { type Sent, writeState } from './request-state.js';

/** `URL_ELICITATION_REQUIRED` of 2025-11-25: the call is refused until a person has been somewhere. */
const URL_ELICITATION_REQUIRED = -32_042;

/** Clients that agree to everything by themselves would go round for ever. */
const MOST_TIMES = 3;

const MOST_ADDRESSES = 8;
const LONGEST = 2_048;

type Requests = Sent['requests'];

/**
 * What has to be opened before a call can be carried out, as a question to the client. The call was refused, so it may
 * be made again.
 * @param times how often it was refused for that before
 * @throws AddressToOpen: the same in words, where the client cannot be asked or was often enough
 */
export function askToOpen(
  error: unknown,
  upstream: string,
  { capabilities }: CallChannel,
  times: number,
): InputRequired {
  const requests = addressesIn(error);
  if (!requests) throw error;
  const isAble = Object.values(requests).every((request) => lacking(request, capabilities).length === 0);
  if (isAble && times < MOST_TIMES) return asking(upstream, { requests, times: times + 1 });
  const urls = Object.values(requests).map(({ params }) => params?.['url']);
  throw new AddressToOpen(upstream, String(Object.values(requests)[0]?.params?.['message']), urls.join(', '));
}

/**
 * Whether everything was opened, as far as a client can tell: it says that its user agreed to.
 * @returns what to ask again; undefined when the call can be made @throws InputDeclined
 */
export function stillToOpen(
  upstream: string,
  { requests, times }: Sent,
  { inputResponses = {}, inputRefusals = {} }: CallChannel,
): InputRequired | undefined {
  const open = Object.keys(requests).filter((key) => {
    if (Object.hasOwn(inputRefusals, key)) throw new InputDeclined(upstream);
    const answer = Object.hasOwn(inputResponses, key) ? (inputResponses[key] as JsonObject | null) : undefined;
    if (typeof answer !== 'object' || answer === null) return true;
    if (answer['action'] !== 'accept') throw new InputDeclined(upstream);
    return false;
  });
  return open.length > 0 ? asking(upstream, { requests, times }) : undefined;
}

const asking = (upstream: string, sent: Sent): InputRequired => ({
  resultType: 'input_required',
  inputRequests: sent.requests,
  requestState: writeState({ kind: 'sent', upstream, ...sent }),
  refusable: true,
});

function addressesIn(error: unknown): Requests | undefined {
  if (!(error instanceof UpstreamRpcError) || error.details.members?.['rpc_code'] !== URL_ELICITATION_REQUIRED) {
    return undefined;
  }
  const found = elicitationsIn(error.details.members['data']).slice(0, MOST_ADDRESSES);
  const requests = found.flatMap(({ url, message, elicitationId: id }) => {
    if (typeof url !== 'string' || url.length > LONGEST || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return [];
    return [request(url, typeof message === 'string' ? message.slice(0, LONGEST) : error.message, id)];
  });
  if (requests.length === 0) return undefined;
  return Object.fromEntries(requests.map((each, index) => [`address-${index + 1}`, each]));
}

function elicitationsIn(data: unknown): readonly JsonObject[] {
  try {
    const { elicitations } = JSON.parse(String(data)) as { elicitations?: unknown };
    return Array.isArray(elicitations) ? elicitations.filter((one) => typeof one === 'object' && one !== null) : [];
  } catch {
    return [];
  }
}

const request = (url: string, message: string, id?: unknown): InputRequest => ({
  method: 'elicitation/create',
  params: { mode: 'url', url, message, ...(typeof id === 'string' && { elicitationId: id.slice(0, LONGEST) }) },
});
