import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { needProgram } from './programs.js';

const run = promisify(execFile);
const APPLETS = 'sh ls cat echo sleep id env kill ps touch mkdir rm chmod wget setsid wc head dd seq true false mount';

/** The files of an image with Node.js (the one that runs the tests), npm and a shell. */
export async function writeSandboxImage(root: string): Promise<void> {
  for (const folder of ['usr/bin', 'usr/lib/node_modules', 'bin', 'etc', 'tmp']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  // What is mounted there has the same mode.
  await chmod(join(root, 'tmp'), 0o1777);
  await cp(process.execPath, join(root, 'usr/bin/node'));
  const { stdout } = await run('ldd', [process.execPath]);
  for (const library of new Set(stdout.match(/\/\S+/g))) {
    await mkdir(dirname(join(root, library)), { recursive: true });
    await cp(library, join(root, library), { dereference: true });
  }
  await cp(needProgram('busybox'), join(root, 'bin/busybox'));
  for (const applet of APPLETS.split(' ')) await symlink('/bin/busybox', join(root, 'bin', applet));
  await symlink('/bin/busybox', join(root, 'usr/bin/env'));
  const npm = dirname(dirname(await realpath(needProgram('npm'))));
  await cp(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
}
