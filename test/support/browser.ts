export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** As much of a browser as forms, redirects and cookies need. It keeps cookies by host and port. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Every address that it was at, redirects included. */
  readonly visited: string[] = [];

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.go('GET', url, undefined, headers);
  }

  /** Sends the first form of a page, with what a person enters. */
  submit(page: Page, entered: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page.text)?.[0] ?? '';
    const action = unescaped(/action="([^"]*)"/.exec(form)?.[1] ?? page.url);
    const fields = [...form.matchAll(/<input[^>]*>/g)].flatMap(([input]) => {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      return name === undefined ? [] : [[name, unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? '')] as const];
    });
    const body = new URLSearchParams({ ...Object.fromEntries(fields), ...entered });
    return this.go('POST', new URL(action, page.url).href, body, { origin: new URL(page.url).origin });
  }

  /** One request, redirects not followed. */
  async step(
    method: string,
    url: string,
    body?: URLSearchParams,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    this.visited.push(url);
    const jar = this.jarOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(cookie !== '' && { cookie }) },
      ...(body && { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0\b/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return { url, status: response.status, headers: response.headers, text: await response.text() };
  }

  jarOf(url: string): Map<string, string> {
    const { host } = new URL(url);
    let jar = this.#cookies.get(host);
    if (!jar) this.#cookies.set(host, (jar = new Map()));
    return jar;
  }

  private async go(
    method: string,
    url: string,
    body: URLSearchParams | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Page> {
    let page = await this.step(method, url, body, headers);
    for (let hops = 0; hops < 20; hops++) {
      const location = page.headers.get('location');
      if (location === null || page.status < 300 || page.status > 399) return page;
      page = await this.step('GET', new URL(location, page.url).href);
    }
    throw new Error('too many redirects');
  }
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
