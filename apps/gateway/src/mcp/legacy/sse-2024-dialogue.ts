import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { resultMessage } from '../json-rpc.js';
import type { RpcMessage } from '../rpc-message.js';
import { type Carrier, LegacyMessages } from './legacy-messages.js';
import { LegacyMethods } from './legacy-methods.js';
import { LegacyMetrics } from './legacy.metrics.js';
import { SessionTokens } from './legacy-session.js';
import { negotiate } from './revisions.js';
import { SessionMemory } from './session-memory.js';
import type { Sse2024Conversation } from './sse-2024-conversation.js';

/** What a client of 2024-11-05 says, and what it is answered on its stream. */
@Injectable()
export class Sse2024Dialogue {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly memory: SessionMemory,
    private readonly methods: LegacyMethods,
    private readonly messages: LegacyMessages,
    private readonly metrics: LegacyMetrics,
  ) {}

  /** @param caller as it came with this message: its token may be another than the stream's. Never rejects. */
  async take(conversation: Sse2024Conversation, message: RpcMessage, caller: Caller, carrier: Carrier): Promise<void> {
    if (message.kind === 'request' && message.method === 'initialize') {
      const { id, params } = message;
      this.metrics.count('opened');
      const version = negotiate(params['protocolVersion']);
      conversation.session = {
        ...this.tokens.begin(conversation.mount.path, caller, version, params),
        id: conversation.session.id,
      };
      conversation.tell(resultMessage(id, this.methods.initialize(conversation.mount, version)));
      return;
    }
    const { mount, session, left } = conversation;
    this.metrics.see(session.id);
    const state = await this.memory.read(session);
    const arrival = { mount, session, state, version: session.version, caller, outlet: conversation, left, carrier };
    const answer = await this.messages.take(message, arrival);
    if (answer !== undefined) conversation.tell(answer);
  }
}
