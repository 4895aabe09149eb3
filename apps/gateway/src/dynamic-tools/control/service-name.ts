/** What the gateway calls itself to clients of dynamic-mcp. */
export const SERVICE = 'achilles-gateway';
