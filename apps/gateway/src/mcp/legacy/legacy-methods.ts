import { Injectable } from '@nestjs/common';
import { LOG_LEVELS, type LogLevel } from '#gateway/tools/call-channel.js';
import type { Caller } from '#core/caller.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Mount } from '#gateway/tools/mount.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { RPC, RpcError } from '../json-rpc.js';
import { ResourceMethods } from '../resource-methods.js';
import { INSTRUCTIONS, SERVER_INFO, serverCapabilities } from '../server-info.js';
import type { LegacySession } from './legacy-session.js';
import type { LegacyVersion } from './revisions.js';
import { SessionMemory } from './session-memory.js';

const MOST_SUBSCRIPTIONS = 100;
const LONGEST_URI = 2_048;

/** How long it may take to see whether there is a resource. */
const LOOK_MS = 10_000;

const invalid = (message: string) => new RpcError(RPC.INVALID_PARAMS, message);

/** What only the revisions with a handshake have. */
@Injectable()
export class LegacyMethods {
  constructor(
    private readonly memory: SessionMemory,
    private readonly resources: ResourceMethods,
  ) {}

  /** `InitializeResult`. */
  initialize({ directory, instructions = INSTRUCTIONS }: Mount, version: LegacyVersion): object {
    const capabilities = serverCapabilities(directory.sources);
    return { protocolVersion: version, capabilities, serverInfo: SERVER_INFO, instructions };
  }

  /** @returns undefined for a method of both eras @throws RpcError */
  async handle(
    mount: Mount,
    method: string,
    params: JsonObject,
    caller: Caller,
    session: LegacySession | undefined,
  ): Promise<object | undefined> {
    switch (method) {
      case 'ping':
        return {};
      case 'logging/setLevel':
        return this.setLevel(params['level'], session);
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.subscribe(mount, params['uri'], method === 'resources/subscribe', caller, session);
      default:
        return undefined;
    }
  }

  private async setLevel(level: unknown, session: LegacySession | undefined): Promise<object> {
    if (!LOG_LEVELS.includes(level as LogLevel)) throw invalid(`level must be one of ${LOG_LEVELS.join(', ')}`);
    if (session) await this.memory.change(session, { level: level as LogLevel });
    return {};
  }

  private async subscribe(
    mount: Mount,
    uri: unknown,
    subscribed: boolean,
    caller: Caller,
    session: LegacySession | undefined,
  ): Promise<object> {
    if (typeof uri !== 'string' || uri.length > LONGEST_URI) throw invalid('uri must be the address of a resource');
    // Nobody is told of what it may not read.
    const readable = !subscribed || (await this.resources.isReadable(mount, uri, caller, AbortSignal.timeout(LOOK_MS)));
    if (!readable) throw new ResourceNotFound(uri);
    // Without a session there is no stream on which anybody could hear of it.
    if (!session) return {};
    const { uris } = await this.memory.read(session);
    if (subscribed && !uris.has(uri) && uris.size >= MOST_SUBSCRIPTIONS) {
      throw invalid(`a session subscribes to ${MOST_SUBSCRIPTIONS} resources at most`);
    }
    if (uris.has(uri) !== subscribed) await this.memory.change(session, { uri, subscribed });
    return {};
  }
}
