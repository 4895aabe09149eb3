import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

/** What was sent on the streams of one session, so that a client can take one up again. */
export class MemoryEvents implements EventStore {
  private readonly sent: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    return String(this.sent.push({ stream, message }));
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.sent[Number(id) - 1]?.stream;
  }

  async replayEventsAfter(
    id: string,
    { send }: { readonly send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = this.sent[Number(id) - 1]?.stream ?? '';
    for (const [index, event] of this.sent.entries()) {
      const isMessage = Object.keys(event.message).length > 0;
      if (index >= Number(id) && event.stream === stream && isMessage) await send(String(index + 1), event.message);
    }
    return stream;
  }
}
