import { describe, expect, it } from '@jest/globals';
import { sessionHintOf } from './session-hint.js';

const of = (headers: Record<string, string | string[]>, mcpSession?: string) => sessionHintOf({ headers }, mcpSession);
const UUID = '019a0000-0000-7000-8000-000000000000';

describe('sessionHintOf', () => {
  it('is nothing where nothing is said', () => expect(of({ accept: '*/*' })).toBeUndefined());

  it('takes the session, the workspace and the token from headers', () => {
    const headers = {
      'achilles-session': 'nightly run 7',
      'achilles-workspace': 'engine',
      'achilles-session-token': 'ams_abc-DEF_1',
    };
    expect(of(headers)).toEqual({ key: 'nightly run 7', workspaceId: 'engine', token: 'ams_abc-DEF_1' });
  });

  it('falls back to the MCP session', () => {
    expect(of({}, UUID)).toEqual({ key: `mcp:${UUID}` });
    expect(of({ 'achilles-workspace': 'engine' }, UUID)).toEqual({ key: `mcp:${UUID}`, workspaceId: 'engine' });
    expect(of({ 'achilles-session': 'mine' }, UUID)).toEqual({ key: 'mine' });
  });

  it.each([
    ['empty', ''],
    ['blank', ' '],
    ['with blanks around', ' a'],
    ['too long', 'a'.repeat(201)],
    ['not ASCII', 'é'],
    ['with a control character', 'a\u0007b'],
    ['named twice', ['a', 'b']],
    ['one of the gateway’s own', 'gateway:claude:0:2026-01-01T00'],
    ['an MCP session’s', `mcp:${UUID}`],
  ])('passes over a session that is %s', (_what, session) => {
    expect(of({ 'achilles-session': session })).toEqual({});
  });

  it.each(['ams_', 'Bearer x', 'eyJhbGciOi', `ams_${'a'.repeat(5_000)}`, 'ams_a b'])(
    'passes over the token %s',
    (token) => {
      expect(of({ 'achilles-session-token': token })).toEqual({});
    },
  );
});
