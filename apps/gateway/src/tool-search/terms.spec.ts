import { describe, expect, it } from '@jest/globals';
import { nearestNames } from './nearest-names.js';
import { synonymsOf } from './synonyms.js';
import { termsOf } from './terms.js';
import { leadOf } from './tool-document.js';

describe('words', () => {
  it.each([
    ['getUserById', 'get_user-by.id'],
    ['getUserById', 'getuserbyid'],
    ['GitHub creates issues', 'github__create_issue'],
    ['HTTPServer', 'http/server'],
    ['navigating', 'navigation'],
    ['deleted', 'deletion'],
    ['queries', 'query'],
    ['running', 'runs'],
    ['boxes', 'box'],
    ['deployments', 'deployed'],
    ['Größe', 'größe'],
    ['I need a tool that can list files, please', 'list file'],
  ])('%j and %j are the same', (one, other) => {
    expect(termsOf(one)).toEqual(expect.arrayContaining(termsOf(other)));
    expect(termsOf(one).length).toBeGreaterThan(0);
  });

  it.each([
    ['news', 'new'],
    ['feed', 'fe'],
    ['status', 'statu'],
    ['need', 'ne'],
    ['ring', 'r'],
  ])('%j and %j are not', (one, other) => expect(termsOf(one)).not.toEqual(termsOf(other)));

  it.each(['', '   ', '!?*()', 'the of and', '\u200b'])('%j says nothing', (text) => expect(termsOf(text)).toEqual([]));

  it('are as many as are worth looking at', () => {
    expect(termsOf('word '.repeat(100_000)).length).toBeLessThan(2_000);
  });

  it('have others that mean the same, to and fro', () => {
    expect(synonymsOf(termsOf('removing')[0]!)).toContain(termsOf('deletes')[0]);
    expect(synonymsOf(termsOf('deletes')[0]!)).toContain(termsOf('removing')[0]);
    expect(synonymsOf('constructor')).toEqual(new Set());
  });
});

describe('the lead of a description', () => {
  it.each([
    ['Creates an issue. Use it often.', 'Creates an issue.'],
    ['Notion | Create comment\nError Responses:\n400: Bad request', 'Notion | Create comment'],
    ['  \n\nReads  the\tfile', 'Reads the file'],
    ['Runs v1.2 of it, e.g. twice! Then stops.', 'Runs v1.2 of it, e.g.'],
    ['', ''],
    ['x'.repeat(500), `${'x'.repeat(159)}…`],
    [`${'y'.repeat(158)}😀😀`, `${'y'.repeat(158)}�…`],
  ])('of %j is %j', (description, lead) => expect(leadOf(description)).toBe(lead));
});

describe('names that are written about so', () => {
  const NAMES = ['github__create_issue', 'github__get_issue', 'slack__post_message', 'read_file'];

  it.each([
    ['create_issue', 'github__create_issue'],
    ['githubCreateIssue', 'github__create_issue'],
    ['slack_post_messages', 'slack__post_message'],
    ['readFile', 'read_file'],
  ])('of %s: %s first', (name, nearest) => expect(nearestNames(name, NAMES, 3)[0]).toBe(nearest));

  it.each(['', 'x', 'zzzzzz', '\u0000'])('of %j: none', (name) => expect(nearestNames(name, NAMES, 3)).toEqual([]));
});
