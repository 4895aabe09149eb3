import type { UpstreamAuthorizationServer } from './authorization-server.js';
import { Browser, type Page } from './browser.js';

/** What a person does at the authorisation server: signs in, and agrees. */
export async function signIn(
  server: UpstreamAuthorizationServer,
  browser: Browser,
  page: Page,
  login: string,
): Promise<Page> {
  let at = page;
  for (let forms = 0; forms < 3 && at.url.startsWith(`${server.issuer}/interaction/`); forms++) {
    at = await browser.submit(at, { login, password: 'anything' });
  }
  return at;
}

/** Opens the address that a call in vain was answered with, presses the button, signs in, and comes back. */
export async function connectAt(server: UpstreamAuthorizationServer, url: string, login: string): Promise<Page> {
  const browser = new Browser();
  return signIn(server, browser, await browser.submit(await browser.get(url)), login);
}
