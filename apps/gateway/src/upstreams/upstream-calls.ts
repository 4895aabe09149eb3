import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import type { ParkedCalls } from './bridging/parked-calls.js';
import type { UpstreamConnection, UpstreamRequest } from './upstream-connection.js';

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

type ClientRequest = Omit<UpstreamRequest, 'ask' | 'caller'> & { readonly caller: Caller };

/** Requests of clients to one upstream: those that ask their client something are parked, and what each hop says of itself is taken off. */
export class UpstreamCalls {
  constructor(
    private readonly spec: UpstreamSpec,
    private readonly connection: UpstreamConnection,
    private readonly parked: ParkedCalls,
  ) {}

  /** @throws what the connection throws, and `ParkedCalls.carry` */
  async carry(request: ClientRequest): Promise<JsonObject> {
    const { caller, signal, channel } = request;
    const call = { upstream: this.spec.name, caller, signal, channel };
    const result = await this.parked.carry(call, (leg) => this.connection.request({ ...request, ...leg }));
    return isInputRequired(result) ? (result as unknown as JsonObject) : ofThisHop(result);
  }
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
