import { describe, expect, it } from '@jest/globals';
import { filesInError, namedFiles, sameFile } from './files.js';
import { PIXEL_ERROR } from './fixtures/outputs.js';

describe('filesInError', () => {
  it('puts the file that raised a Python error first', () => {
    expect(filesInError(PIXEL_ERROR)).toEqual([
      '/pydicom__pydicom/pydicom/pixel_data_handlers/numpy_handler.py',
      '/pydicom__pydicom/pydicom/dataset.py',
      '/pydicom__pydicom/reproduce_bug.py',
    ]);
  });

  it.each([
    ['  File "/usr/lib/python3.11/json/decoder.py", line 3, in decode\n  File "/app/a.py", line 1', ['/app/a.py']],
    [
      'TypeError: x\n    at f (file:///app/src/a.js:3:6)\n    at node:internal/main:1:2\n    at g (/app/node_modules/x/y.js:1:1)',
      ['/app/src/a.js'],
    ],
    ['error[E0382]: x\n --> src/main.rs:4:20', ['src/main.rs']],
    ['src/a.ts(3,5): error TS2345: x', ['src/a.ts']],
    ['./main.go:7:2: declared', ['./main.go']],
    ['FAILED tests/test_a.py::test_x - AssertionError', ['tests/test_a.py']],
    ['no file at all', []],
  ])('reads %j', (text, files) => {
    expect(filesInError(text)).toEqual(files);
  });
});

describe('namedFiles', () => {
  it('takes paths and source files, not options or words', () => {
    expect(namedFiles(['-q', 'tests/test_a.py::test_x', 'decrypt.py', 'verbose', 'src/', '1.5'])).toEqual([
      'tests/test_a.py',
      'decrypt.py',
      'src/',
    ]);
  });
});

describe('sameFile', () => {
  it.each([
    ['src/a.py', 'src/a.py', true],
    ['src/a.py', '/testbed/src/a.py', true],
    ['./a.py', '/repo/a.py', true],
    ['src\\a.py', '/x/src/a.py', true],
    ['src/a.py', 'tests/a.py', false],
    ['a.py', 'data.py', false],
    ['', 'a.py', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(sameFile(one, other)).toBe(same);
    expect(sameFile(other, one)).toBe(same);
  });
});
