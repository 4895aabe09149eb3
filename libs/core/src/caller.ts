/** What a tenant has paid for, lowest first. */
export const TIERS = ['bronze', 'silver', 'gold', 'enterprise'] as const;
export type Tier = (typeof TIERS)[number];

/** Who is asking: one value, made by the gateway's auth module and passed to everything that acts for somebody. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly tenant: string;
  readonly tier: Tier;
  readonly scopes: ReadonlySet<string>;
  /** The OAuth client that the caller came with, where its token names one. */
  readonly client?: string;
  /** Set when the caller came with an `mcp_session_token`: look-ups by external key stay inside this workspace. */
  readonly workspaceId?: string;
}
