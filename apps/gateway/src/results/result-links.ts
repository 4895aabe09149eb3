import type { ContentBlock } from '#gateway/tools/tool.js';

export const ROOT = 'achilles://results';

export const uriOf = (id: string): string => `${ROOT}/${id}`;

/** A block that leads to a result that is kept. */
export const linkTo = (id: string, tool: string, mimeType: string, bytes: number): ContentBlock => ({
  type: 'resource_link',
  uri: uriOf(id),
  name: `result of ${tool}`,
  description: 'The whole result. In parts: ?offset=0&length=20000 (characters), ?lines=1-200, ?select=<JMESPath>.',
  mimeType,
  size: bytes,
});
