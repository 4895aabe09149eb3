/** Who is asking: one value, made by the gateway's auth module and passed to everything that acts for somebody. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly tenant: string;
  /** Set when the caller came with an `mcp_session_token`: look-ups by external key stay inside this workspace. */
  readonly workspaceId?: string;
}

/** The caller while no identity provider is configured. */
export const LOCAL_CALLER: Caller = Object.freeze({ issuer: 'local', subject: 'anonymous', tenant: 'default' });
