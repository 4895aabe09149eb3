import { hash } from 'node:crypto';

const LONGEST = 64;
const HASH = 8;

/** Gives each operation a name of its own: 1–64 of `[A-Za-z0-9_-]`, the same for the same document. */
export class OperationNames {
  private readonly given = new Set<string>();

  /** @param id `operationId`; without one the name is made of method and path: `get_pets_petId` */
  nameFor(id: unknown, method: string, path: string): string {
    const own = typeof id === 'string' ? plain(id) : '';
    const base = shortened(own || plain(`${method}_${path.replace(/^\/|[{}]/g, '')}`) || method);
    let name = base;
    for (let n = 2; this.given.has(name); n++) name = `${base.slice(0, LONGEST - 6)}_${n}`;
    this.given.add(name);
    return name;
  }
}

const plain = (text: string) => text.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '');

/** Two long names that begin alike stay two. */
const shortened = (name: string) =>
  name.length <= LONGEST ? name : `${name.slice(0, LONGEST - HASH - 1)}_${hash('sha256', name).slice(0, HASH)}`;
