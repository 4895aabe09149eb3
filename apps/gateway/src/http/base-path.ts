/** Where the Achilles API begins. */
export const API_BASE = 'api/achilles/v1/mcp';
