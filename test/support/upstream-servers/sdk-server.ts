import {
  createRequestStateCodec,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller } from '#core/caller.js';
import { type CallChannel, SILENT } from '#gateway/tools/call-channel.js';
import { isInputRequired, type JsonObject, type Tool } from '#gateway/tools/tool.js';
import {
  InvalidArguments,
  MissingClientCapability,
  PromptNotFound,
  ResourceNotFound,
} from '#gateway/tools/tools.errors.js';
import { testResources } from '../everything/test-resources.js';
import type { Offer } from './offer.js';

const INVALID_PARAMS = -32_602;
const CALLER: Caller = {
  issuer: 'fixture',
  subject: 'fixture',
  tenant: 'fixture',
  tier: 'enterprise',
  scopes: new Set(),
};

/** What a call leaves for its next round comes back through the client: signed, with a key that all fixtures share. */
const states = createRequestStateCodec<string>({ key: 'a fixture has no secrets, only this one' });

/**
 * A server of the official SDK that offers what the conformance suite calls by name, and what a test of an upstream
 * needs. One instance serves one request (2026-07-28, or no session), or one session.
 * @param era of whoever this instance serves
 */
export function sdkServer(offer: Offer, era: 'modern' | 'legacy'): Server {
  const server = new Server(
    { name: 'fixture-upstream', version: '1.2.3' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
      instructions: 'A server for tests.',
      requestState: { verify: (state, context) => states.verify(state, context) },
    },
  );
  const channelOf = (context: ServerContext): CallChannel => sdkChannel(server, context, era);
  const listed = new Set<string>();

  server.setRequestHandler('tools/list', () => ({ tools: offer.tools().map((tool) => tool.definition) as never }));
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    offer.calls.push({ tool: params.name, arguments: params.arguments ?? {} });
    const tool = offer.tools().find(({ definition }) => definition.name === params.name);
    if (!tool) throw new ProtocolError(INVALID_PARAMS, `Tool ${params.name} not found`);
    const channel = channelOf(context);
    try {
      return (await carry(tool, params.arguments ?? {}, context, channel)) as never;
    } catch (error) {
      if (error instanceof MissingClientCapability && era === 'modern') throw lacking(error);
      if (error instanceof InvalidArguments || error instanceof MissingClientCapability) {
        return { content: [{ type: 'text', text: error.message }], isError: true };
      }
      throw error;
    }
  });
  server.setRequestHandler('resources/list', async () => (await listResources()) as never);
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: testResources.templates(CALLER) as never,
  }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, context) => {
    const channel = channelOf(context);
    return (await testResources
      .read({ caller: CALLER, signal: context.mcpReq.signal, channel }, uri)
      .catch(rejected)) as never;
  });
  server.setRequestHandler('resources/subscribe', ({ params }) => {
    listed.add(params.uri);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    listed.delete(params.uri);
    return {};
  });
  server.setRequestHandler('prompts/list', () => ({ prompts: offer.prompts.list() as never }));
  server.setRequestHandler('prompts/get', async ({ params }, context) => {
    const request = { caller: CALLER, signal: context.mcpReq.signal, channel: channelOf(context) };
    return (await offer.prompts.get(request, params.name, params.arguments ?? {}).catch(rejected)) as never;
  });
  server.setRequestHandler('completion/complete', async ({ params }) => {
    const request = { caller: CALLER, signal: AbortSignal.timeout(10_000), channel: SILENT };
    const completion = { of: '', argument: params.argument.name, value: params.argument.value, context: {} };
    const complete = params.ref.type === 'ref/prompt' ? offer.prompts : testResources;
    const values = [...((await complete.complete?.(request, completion)) ?? [])];
    return { completion: { values, total: values.length, hasMore: false } };
  });
  if (era === 'legacy') {
    const forget = offer.hear((change) => {
      const told =
        change.kind === 'resource'
          ? listed.has(change.uri) && server.sendResourceUpdated({ uri: change.uri })
          : server.notification({ method: `notifications/${change.kind}/list_changed` } as never);
      void Promise.resolve(told).catch(() => undefined);
    });
    server.onclose = forget;
  }
  return server;
}

async function carry(tool: Tool, given: JsonObject, context: ServerContext, channel: CallChannel): Promise<object> {
  const { sessionId, http, mcpReq } = context;
  const answer = await tool.call({
    tool,
    caller: CALLER,
    arguments: tool.check(given),
    signal: mcpReq.signal,
    deadline: performance.now() + tool.timeoutMs,
    channel,
    callTool: () => Promise.reject(new Error('not here')),
    origin: { id: '', traceId: '' },
    // For tools that tell who called them, and how.
    ...({ sessionId, headers: http?.req?.headers, closeStream: http?.closeSSE } as object),
  });
  if (!isInputRequired(answer)) return { ...answer };
  const { requestState: state } = answer;
  return { ...answer, ...(state !== undefined && { requestState: await states.mint(state) }) };
}

const listResources = async () => {
  const { items } = await testResources.list(
    { caller: CALLER, signal: AbortSignal.timeout(10_000), channel: SILENT },
    undefined,
  );
  return { resources: items };
};

function rejected(error: unknown): never {
  if (error instanceof ResourceNotFound) throw new ProtocolError(INVALID_PARAMS, error.message, error.details.members);
  if (error instanceof PromptNotFound || error instanceof InvalidArguments) {
    throw new ProtocolError(INVALID_PARAMS, error.message);
  }
  if (error instanceof MissingClientCapability) throw lacking(error);
  throw error;
}

const lacking = ({ details }: InstanceType<typeof MissingClientCapability>) => {
  const required = String(details.members?.['required']).split(' ');
  return new MissingRequiredClientCapabilityError({
    requiredCapabilities: Object.fromEntries(required.map((name) => [name, {}])),
  });
};

function sdkChannel(server: Server, { mcpReq }: ServerContext, era: 'modern' | 'legacy'): CallChannel {
  const state = mcpReq.requestState() as string | undefined;
  const capabilities =
    era === 'legacy'
      ? server.getClientCapabilities()
      : (mcpReq.envelope as Record<string, unknown> | undefined)?.['io.modelcontextprotocol/clientCapabilities'];
  return {
    capabilities: (capabilities ?? {}) as JsonObject,
    ...(mcpReq.inputResponses && { inputResponses: mcpReq.inputResponses }),
    ...(state !== undefined && { requestState: state }),
    progress: (progress, total, message) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken === undefined) return;
      const params = {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      };
      void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
    log: (level, data, logger) => void mcpReq.log(level, data, logger).catch(() => undefined),
    completed: (elicitationId) =>
      void mcpReq
        .notify({ method: 'notifications/elicitation/complete', params: { elicitationId } })
        .catch(() => undefined),
  };
}
