import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import type { CallChannel } from '#gateway/tools/call-channel.js';
import { type InputRequired, isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import { BackendUnavailable } from '#gateway/tools/tools.errors.js';
import type { ParkedCalls } from './bridging/parked-calls.js';
import type { UpstreamConnection, UpstreamRequest } from './upstream-connection.js';
import { ConnectNeeded } from './upstreams.errors.js';

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

/** State of a call that waits for its caller to connect. */
const CONNECTING = 'connect';

type ClientRequest = Omit<UpstreamRequest, 'ask' | 'caller'> & { readonly caller: Caller };

/** Requests of clients to one upstream: those that ask their client something are parked, and what each hop says of itself is taken off. */
export class UpstreamCalls {
  /** @param missed told when a request did not reach it */
  constructor(
    private readonly spec: UpstreamSpec,
    private readonly connection: UpstreamConnection,
    private readonly parked: ParkedCalls,
    private readonly missed: () => void,
  ) {}

  /** As the upstream answers. @throws what the connection throws */
  carry(request: ClientRequest): Promise<JsonObject> {
    return this.connecting(request, (channel) => {
      const { caller, signal } = request;
      const call = { upstream: this.spec.name, caller, signal, channel };
      return this.parked.carry(call, (leg) => this.connection.request({ ...request, ...leg }));
    });
  }

  /** Sends a caller who has to connect first to the page where it can. @throws ConnectNeeded where its client opens none */
  async connecting(
    request: Pick<ClientRequest, 'channel'>,
    act: (channel: CallChannel) => Promise<JsonObject | InputRequired>,
  ): Promise<JsonObject> {
    const isConnecting = request.channel.requestState === CONNECTING;
    const channel = relayed(isConnecting ? withoutRound(request.channel) : request.channel);
    try {
      const result = await act(channel);
      return isInputRequired(result) ? (result as unknown as JsonObject) : ofThisHop(result);
    } catch (error) {
      if (error instanceof BackendUnavailable) this.missed();
      // Asked once: whoever comes back without having connected is told in words.
      if (error instanceof ConnectNeeded && !isConnecting && opensPages(channel)) {
        return sendTo(this.spec.name, error) as unknown as JsonObject;
      }
      throw error;
    }
  }
}

const TASKS = 'io.modelcontextprotocol/tasks';

/** Tasks are not carried: an upstream that may make one of a call answers with what nobody here understands. */
function relayed(channel: CallChannel): CallChannel {
  const extensions = channel.capabilities['extensions'] as JsonObject | undefined;
  if (extensions?.[TASKS] === undefined) return channel;
  const { [TASKS]: _tasks, ...others } = extensions;
  const { inputResponses, inputRefusals, requestState } = channel;
  return {
    ...withoutRound(channel),
    capabilities: { ...channel.capabilities, extensions: others },
    ...(inputResponses && { inputResponses }),
    ...(inputRefusals && { inputRefusals }),
    ...(requestState !== undefined && { requestState }),
  };
}

const withoutRound = (channel: CallChannel): CallChannel => ({
  capabilities: channel.capabilities,
  ...(channel.wantsProgress !== undefined && { wantsProgress: channel.wantsProgress }),
  logLevel: channel.logLevel,
  over: channel.over,
  progress: (...told) => channel.progress(...told),
  log: (...told) => channel.log(...told),
  completed: (id) => channel.completed?.(id),
});

const opensPages = ({ capabilities }: CallChannel): boolean =>
  (capabilities['elicitation'] as { url?: unknown } | undefined)?.url !== undefined;

function sendTo(upstream: string, error: InstanceType<typeof ConnectNeeded>): InputRequired {
  const url = error.details.members?.['url'];
  const message = `${upstream} wants to know who you are. Open the page, and come back.`;
  return {
    resultType: 'input_required',
    inputRequests: { connect: { method: 'elicitation/create', params: { mode: 'url', message, url } } },
    requestState: CONNECTING,
  };
}

/** What the upstream said to its client, which is this gateway, is not said to ours. */
function ofThisHop(result: JsonObject): JsonObject {
  const { resultType, _meta } = result;
  const meta = _meta as JsonObject | undefined;
  const hasInfo = meta?.[SERVER_INFO] !== undefined;
  if (resultType === undefined && !hasInfo) return result;
  const { resultType: _type, _meta: _all, ...rest } = result;
  if (!meta) return rest;
  const { [SERVER_INFO]: _info, ...others } = meta;
  return Object.keys(others).length > 0 ? { ...rest, _meta: others } : rest;
}
