import { describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { Clock } from '#observability/clock.js';
import type { Caller } from '#core/caller.js';
import { ToolDirectory } from '#gateway/tools/tool-directory.js';
import type { InputRequest } from '#gateway/tools/tool.js';
import { RpcError } from '../json-rpc.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { InputRounds, type Round } from './input-rounds.js';

const config = { get: () => undefined } as unknown as ConfigService<Config, true>;
const rounds = new InputRounds(new Seal(config), new Clock());
const caller: Caller = { issuer: 'i', subject: 's', tenant: 't', tier: 'gold', scopes: new Set() };
const mount = { path: '/mcp', directory: new ToolDirectory([]) };
const round = (params: object): Round => ({ mount, method: 'tools/call', params: { name: 'x', ...params }, caller });

const FORM: InputRequest = { method: 'elicitation/create', params: { message: 'x' } };
const URL_MODE: InputRequest = { method: 'elicitation/create', params: { mode: 'url' } };
const SAMPLE: InputRequest = { method: 'sampling/createMessage', params: {} };
const WITH_TOOLS: InputRequest = { method: 'sampling/createMessage', params: { tools: [] } };
const ROOTS: InputRequest = { method: 'roots/list' };

/** What the client would have to declare; undefined when it is asked. */
function missing(capabilities: object, ...requests: InputRequest[]): unknown {
  const inputRequests = Object.fromEntries(requests.map((request, index) => [`k${index}`, request]));
  try {
    rounds.ask(round({}), { ...capabilities }, { resultType: 'input_required', inputRequests });
    return undefined;
  } catch (error) {
    return (error as RpcError).data?.['requiredCapabilities'];
  }
}

describe('a client', () => {
  it.each<[object, InputRequest[], unknown]>([
    [{}, [FORM], { elicitation: {} }],
    [{}, [URL_MODE], { elicitation: { url: {} } }],
    [{ elicitation: {} }, [FORM], undefined],
    [{ elicitation: {} }, [URL_MODE], { elicitation: { url: {} } }],
    [{ elicitation: { url: {} } }, [URL_MODE], undefined],
    [{ elicitation: { url: {} } }, [FORM], { elicitation: { form: {} } }],
    [{ elicitation: { form: {}, url: {} } }, [FORM, URL_MODE], undefined],
    [{}, [SAMPLE], { sampling: {} }],
    [{ sampling: {} }, [SAMPLE], undefined],
    [{ sampling: {} }, [WITH_TOOLS], { sampling: { tools: {} } }],
    [{ sampling: { tools: {} } }, [WITH_TOOLS], undefined],
    [{}, [ROOTS], { roots: {} }],
    [{ roots: {} }, [ROOTS], undefined],
    [{ roots: true }, [ROOTS], { roots: {} }],
    [{}, [FORM, SAMPLE, ROOTS], { elicitation: {}, sampling: {}, roots: {} }],
  ])('with %j that is asked %j must also have %j', (capabilities, requests, expected) =>
    expect(missing(capabilities, ...requests)).toEqual(expected),
  );
});

it('seals no state where there is none', () => {
  expect(rounds.ask(round({}), {}, { resultType: 'input_required', inputRequests: {} })).not.toHaveProperty(
    'requestState',
  );
});

it('refuses a state for arguments that JSON cannot carry', () => {
  const ask = () => rounds.answers(round({ arguments: { n: Infinity }, requestState: 'x' }));
  expect(ask).toThrow(RpcError);
});
