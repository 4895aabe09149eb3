import { describe, expect, it } from '@jest/globals';
import { chooseServerUser, mayExecute } from './server-user.js';

const NOBODY = { uid: 65_534, gid: 65_534 };

describe('chooseServerUser', () => {
  it.each([
    ['oneself, when not root', 1000, { uid: 1000, gid: 1000 }, undefined],
    ['oneself, on a system without users', undefined, { uid: 0, gid: 0 }, undefined],
    ['nobody, in a folder of root', 0, { uid: 0, gid: 0 }, NOBODY],
    ['nobody, in a folder already given to it', 0, NOBODY, NOBODY],
    ['the user who began the folder', 0, { uid: 1000, gid: 100 }, { uid: 1000, gid: 100 }],
  ])('is %s', (_, gatewayUid, owner, expected) => {
    expect(chooseServerUser(gatewayUid, owner)).toEqual(expected);
  });
});

describe('mayExecute', () => {
  it.each([
    ['others may', 0o755, { uid: 0, gid: 0 }, true],
    ['others may enter without reading', 0o711, { uid: 0, gid: 0 }, true],
    ['only root may', 0o700, { uid: 0, gid: 0 }, false],
    ['its group may, and it is not in it', 0o750, { uid: 0, gid: 0 }, false],
    ['its group may, and it is in it', 0o750, { uid: 0, gid: NOBODY.gid }, true],
    ['all but its group may', 0o705, { uid: 0, gid: NOBODY.gid }, false],
    ['all but it may', 0o077, NOBODY, false],
  ])('%s', (_, mode, owner, expected) => {
    expect(mayExecute({ mode, ...owner }, NOBODY)).toBe(expected);
  });
});
