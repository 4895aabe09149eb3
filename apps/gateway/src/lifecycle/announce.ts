import { VERSION } from '#gateway/health/version.js';
import { API_BASE } from '#gateway/http/base-path.js';

/** The one line of a start, for whoever sits before it. */
export function announce(url: string): void {
  process.stdout.write(
    `Achilles ${VERSION} is ready: API ${url}/${API_BASE} · docs ${url}/docs · console (to come) ${url}/console\n`,
  );
}
