import type { Answer, Api } from '../api.js';
import type { Gateway } from '../boot-gateway.js';

export interface ToolOutcome {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
}

/** Tools over REST, as somebody who does not speak MCP calls them. */
export class ToolClient {
  constructor(
    private readonly api: Api,
    private readonly base: string,
  ) {}

  static of(gateway: Gateway, api: Api = gateway.api): ToolClient {
    return new ToolClient(api, gateway.url);
  }

  async names(): Promise<string[]> {
    const { tools } = (await this.send<{ tools: { name: string }[] }>('GET', '')).body;
    return tools.map(({ name }) => name);
  }

  call<Body = ToolOutcome>(
    name: string,
    args: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    return this.send('POST', `/${encodeURIComponent(name)}/call`, JSON.stringify({ arguments: args }), headers);
  }

  private send<Body>(method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>) {
    return this.api.at(this.base).call<Body>(method, `/v1/tools${path}`, body, headers);
  }
}
