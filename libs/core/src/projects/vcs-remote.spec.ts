import { describe, expect, it } from '@jest/globals';
import { parseVcsRemote } from './vcs-remote.js';

const identity = (text: string) => parseVcsRemote(text)?.identity;

describe('parseVcsRemote', () => {
  it.each([
    'git@github.com:ada/engine.git',
    'git@github.com:ada/engine',
    'git@github.com:/ada/engine.git/',
    'github.com:ada/engine.git',
    'GitHub.COM:ada/engine',
    'https://github.com/ada/engine',
    'https://github.com/ada/engine.git',
    'https://github.com/ada/engine.git/',
    'https://github.com//ada//engine///',
    'HTTPS://GitHub.com:443/ada/engine',
    'http://github.com:80/ada/engine',
    'https://github.com/ada/engine?ref=x#readme',
    'ssh://git@github.com/ada/engine.git',
    'ssh://git@github.com:2222/ada/engine.git',
    'ssh://GITHUB.com/ada/engine',
    'git+ssh://git@github.com/ada/engine.git',
    'git://github.com:9418/ada/engine.git',
    'git+https://github.com:443/ada/engine',
    '  https://github.com/ada/engine\n',
  ])('knows one repository by %j', (text) => {
    expect(parseVcsRemote(text)).toEqual({ identity: 'github.com/ada/engine', name: 'ada/engine' });
  });

  it.each([
    ['https://user:hunter2@h.example/o/r', 'h.example/o/r'],
    ['https://hunter2@h.example/o/r', 'h.example/o/r'],
    ['https://user:hunter2@2@h.example/o/r', 'h.example/o/r'],
    ['https://x-access-token:hunter2@h.example:8443/o/r', 'h.example:8443/o/r'],
    ['https://user:hunter%402@h.example/o/r', 'h.example/o/r'],
    ['ssh://user:hunter2@h.example/o/r', 'h.example/o/r'],
    ['user:hunter2@h.example:o/r', 'h.example/o/r'],
    ['user:hunter@2@h.example:o/r', 'h.example/o/r'],
    ['https:user:hunter2@h.example/o/r', 'h.example/o/r'],
    ['https:/user:hunter2@h.example/o/r', 'h.example/o/r'],
    ['https:\\\\user:hunter2@h.example\\o\\r', 'h.example/o/r'],
    ['ssh:user:hunter2@h.example/o/r', undefined],
    ['ssh:/user:hunter2@h.example/o/r', undefined],
    ['//user:hunter2@h.example/o/r', undefined],
    ['ftp://user:hunter2@h.example/o/r', undefined],
    ['file://user:hunter2@h.example/o/r', undefined],
  ])('drops the credentials of %s', (text, expected) => {
    expect(identity(text)).toBe(expected);
    expect(JSON.stringify(parseVcsRemote(text) ?? null)).not.toMatch(/hunter/);
  });

  it.each([
    ['git@h:o/r.git', 'h/o/r'],
    ['git@host:r', 'host/r'],
    ['git@host:~ada/r.git', 'host/~ada/r'],
    ['git@host:22/o/r', 'host/22/o/r'],
    ['git@[::1]:o/r', '[::1]/o/r'],
    ['ssh://git@[::1]:22/o/r', '[::1]/o/r'],
    ['git@bücher.example:o/ü', 'xn--bcher-kva.example/o/ü'],
    ['ssh://git@bücher.example/o/ü', 'xn--bcher-kva.example/o/ü'],
    ['https://bücher.example/o/%C3%BC', 'xn--bcher-kva.example/o/ü'],
    ['https://h.example/100%/r', 'h.example/100%/r'],
    ['https://h.example/o/r.github', 'h.example/o/r.github'],
    ['https://h.example/o/.github', 'h.example/o/.github'],
    ['https://h.example:8443/o/r', 'h.example:8443/o/r'],
  ])('reads %s', (text, expected) => expect(identity(text)).toBe(expected));

  it.each([
    ['/srv/git/engine.git', '/srv/git/engine', 'git/engine'],
    ['/srv/git/engine/.git', '/srv/git/engine', 'git/engine'],
    ['file:///srv/git/engine.git/', '/srv/git/engine', 'git/engine'],
    ['file:///srv/a%20b', '/srv/a b', 'srv/a b'],
    ['../engine', '../engine', '../engine'],
    ['C:\\src\\engine', 'C:/src/engine', 'src/engine'],
    ['C:/src/engine.git', 'C:/src/engine', 'src/engine'],
    ['file:///C:/src/engine', 'C:/src/engine', 'src/engine'],
  ])('takes the folder %s', (text, path, name) => expect(parseVcsRemote(text)).toEqual({ identity: path, name }));

  it.each([
    '',
    ' ',
    '/',
    '//',
    '.git',
    'engine',
    'not a remote',
    'https://',
    'https://h.example',
    'https://h.example/',
    'https://h.example/.git',
    'git@host:',
    'git@host:/',
    'git@host:.git',
    'javascript://x',
    'file:///',
    'C:',
    'C:\\',
    '\\\\server\\share',
    '%',
    'https://%/',
    'https://h.example/o/%00',
    'git@host:o\0/r',
    'https://h.example/o/%0A',
    'http://[bad/o/r',
    '\0',
  ])('is not taken in by %j', (text) => expect(parseVcsRemote(text)).toBeUndefined());
});
