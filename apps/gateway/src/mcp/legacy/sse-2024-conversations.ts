import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import { PubSub } from '#redis/pub-sub.js';
import type { EventStream } from '../event-stream.js';
import type { RpcMessage } from '../rpc-message.js';
import { Seal } from '#gateway/seal/seal.service.js';
import type { Carrier } from './legacy-messages.js';
import type { LegacySession } from './legacy-session.js';
import { principalOf } from '#core/principal.js';
import { packCaller, type PackedCaller, Sse2024Conversation, unpackCaller } from './sse-2024-conversation.js';
import { Sse2024Dialogue } from './sse-2024-dialogue.js';

/** A message on its way to the replica that holds the stream. */
interface Forwarded {
  readonly id: string;
  readonly message: RpcMessage;
  readonly caller: PackedCaller;
  readonly carrier: Carrier;
}

/** What an id says: which conversation, and which process holds it. */
type Packed = readonly [process: string, id: string];

const LONGEST_ID = 512;

const channelOf = (process: string) => `mcp:messages:${process}`;

const bindingOf = (principal: string) => `/mcp/sse ${principal}`;

/** The conversations of 2024-11-05. Each belongs to the process with its stream, and its id says which one that is. */
@Injectable()
export class Sse2024Conversations {
  private readonly held = new Map<string, Sse2024Conversation>();
  private readonly process: string;

  constructor(
    private readonly seal: Seal,
    private readonly dialogue: Sse2024Dialogue,
    @Optional() @Inject(PubSub) private readonly others: PubSub | undefined,
  ) {
    this.process = others?.process ?? randomUUID();
    others?.subscribe(channelOf(this.process), (text) => {
      const { id, message, caller, carrier } = JSON.parse(text) as Forwarded;
      const conversation = this.held.get(id);
      if (conversation) void this.dialogue.take(conversation, message, unpackCaller(caller), carrier);
    });
  }

  /** @returns the id for the client: it counts for the same principal only */
  begin(session: LegacySession, mount: Mount, connection: EventStream): string {
    const { id, principal } = session;
    this.held.set(id, new Sse2024Conversation(session, mount, connection));
    connection.onClose(() => this.held.delete(id));
    return this.seal.seal('mcp-session', [this.process, id] satisfies Packed, bindingOf(principal));
  }

  /** Hands a message to its conversation, wherever that is. @returns false when there is none of this caller's */
  async take(text: string, message: RpcMessage, caller: Caller, carrier: Carrier): Promise<boolean> {
    const binding = bindingOf(principalOf(caller));
    const opened = text.length <= LONGEST_ID ? this.seal.open('mcp-session', text, binding) : undefined;
    if (!opened) return false;
    const [process, id] = JSON.parse(opened.toString()) as Packed;
    if (process !== this.process) {
      const forwarded: Forwarded = { id, message, caller: packCaller(caller), carrier };
      return ((await this.others?.publish(channelOf(process), JSON.stringify(forwarded))) ?? 0) > 0;
    }
    const conversation = this.held.get(id);
    if (conversation) void this.dialogue.take(conversation, message, caller, carrier);
    return conversation !== undefined;
  }
}
