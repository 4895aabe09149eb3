import { describe, expect, it } from '@jest/globals';
import { UpstreamResponse } from '#gateway/tools/tools.errors.js';
import { type Credential, NO_CREDENTIAL } from '../../credentials/credential.js';
import type { Eras } from './eras.js';
import { followUpstream } from './follow-upstream.js';
import { type NewsWanted, TellsNothing } from './news.js';
import type { Endpoint } from './wire.js';

/** How following the news of an upstream ends that answers with this status. */
async function followed(status: number, credential: Credential) {
  const refused: Endpoint[] = [];
  const failure = new UpstreamResponse('up', status);
  const eras = { of: () => Promise.reject(failure) } as unknown as Eras;
  const follow = followUpstream(undefined as never, eras, {
    endpoint: async () => ({ credential }) as Endpoint,
    refused: (endpoint) => void refused.push(endpoint),
    session: () => Promise.reject(failure),
    ownSession: () => Promise.reject(failure),
    lost: async () => undefined,
  });
  const error = await follow({} as NewsWanted, AbortSignal.timeout(60_000)).catch((caught: unknown) => caught);
  return { error, refused: refused.length };
}

const BEARER: Credential = { ...NO_CREDENTIAL, key: 'k', headers: { authorization: 'Bearer x' } };

describe('an upstream that lets the gateway itself not listen', () => {
  it('is left alone for long where the gateway has nothing to show', async () => {
    const { error, refused } = await followed(401, NO_CREDENTIAL);
    expect([error, refused]).toEqual([expect.any(TellsNothing), 0]);
  });

  it('is shown another credential soon where there may be one', async () => {
    const { error, refused } = await followed(401, BEARER);
    expect([error, refused]).toEqual([expect.any(UpstreamResponse), 1]);
  });

  it('is tried again soon where it is out of order', async () => {
    const { error, refused } = await followed(503, NO_CREDENTIAL);
    expect([error, refused]).toEqual([expect.any(UpstreamResponse), 0]);
  });
});
