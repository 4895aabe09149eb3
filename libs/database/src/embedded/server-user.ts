import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whom the server runs as when the gateway is root, which PostgreSQL refuses to be. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** What a file system tells about a file's access. */
export interface Access extends ServerUser {
  readonly mode: number;
}

/** Needs no entry in /etc/passwd that is not there everywhere: `nobody` by number. */
const NOBODY: ServerUser = { uid: 65_534, gid: 65_534 };

/**
 * The user to drop to, or undefined to stay oneself. Root serves a folder that another user has begun as that user:
 * one `sudo npm start` does not lock its owner out.
 */
export function chooseServerUser(gatewayUid: number | undefined, folderOwner: ServerUser): ServerUser | undefined {
  if (gatewayUid !== 0) return undefined;
  return folderOwner.uid === 0 ? NOBODY : { uid: folderOwner.uid, gid: folderOwner.gid };
}

/** Whether `user`, in no other group than its own, has the x bit: may enter the folder, may run the program. */
export function mayExecute({ mode, uid, gid }: Access, user: ServerUser): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Whether `user` can run the program at this real path: every folder on the way counts. */
export async function mayReach(program: string, user: ServerUser): Promise<boolean> {
  if (!mayExecute(await stat(program), user)) return false;
  const parent = dirname(program);
  return parent === program || mayReach(parent, user);
}
