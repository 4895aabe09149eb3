import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

// As far as it is used here; TypeScript knows it as a part of a browser.
declare global {
  namespace WebAssembly {
    class Module {
      private readonly compiled: true;
    }
    class Memory {
      constructor(pages: { initial: number; maximum: number });
      readonly buffer: ArrayBuffer;
    }
    function compile(bytes: Uint8Array): Promise<Module>;
  }
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** QuickJS as machine code, once for all threads of the process. */
export function quickjsModule(): Promise<WebAssembly.Module> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const file = fileURLToPath(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
  return WebAssembly.compile(await readFile(file));
}
