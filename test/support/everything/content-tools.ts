import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, Tool } from '#gateway/tools/tool.js';
import { PNG, WAV } from './media.js';
import { testTool, text, toolOf } from './test-tool.js';

const image = { type: 'image', data: PNG, mimeType: 'image/png' };
const embedded = (uri: string, mimeType: string, body: string) => ({
  type: 'resource',
  resource: { uri, mimeType, text: body },
});

/** Every keyword that a gateway which takes schemas apart would lose. */
const SCHEMA_2020_12 = JSON.parse(readFileSync('test/fixtures/mcp/json-schema-2020-12.json', 'utf8')) as JsonObject;

const MIRRORED = {
  type: 'object',
  properties: {
    region: { type: 'string', description: 'Stands in a header too', 'x-mcp-header': 'Region' },
    note: { type: 'string' },
  },
  required: ['region'],
};

/** Tools that answer at once, with every kind of content, and two that say something while they work. */
export const contentTools: readonly Tool[] = [
  testTool('test_simple_text', 'Answers with a text', () => text('This is a simple text response for testing.')),
  testTool('test_image_content', 'Answers with a picture', () => ({ content: [image] })),
  testTool('test_audio_content', 'Answers with a sound', () => ({
    content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  })),
  testTool('test_embedded_resource', 'Answers with a resource', () => ({
    content: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  })),
  testTool('test_multiple_content_types', 'Answers with a text, a picture and a resource', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  })),
  testTool('test_error_handling', 'Always fails', () => ({
    ...text('This tool intentionally returns an error for testing'),
    isError: true,
  })),
  testTool('test_tool_with_logging', 'Logs three times while it works', async ({ channel, signal }) => {
    channel.log('info', 'Tool execution started');
    await sleep(50, undefined, { signal });
    channel.log('info', 'Tool processing data');
    await sleep(50, undefined, { signal });
    channel.log('info', 'Tool execution completed');
    return text('Tool with logging executed successfully');
  }),
  testTool('test_logging_tool', 'Logs once', ({ channel }) => {
    channel.log('info', 'Logged for whoever asked for it');
    return text('Logged');
  }),
  testTool('test_tool_with_progress', 'Tells three times how far it is', async ({ channel, signal }) => {
    channel.progress(0, 100);
    await sleep(50, undefined, { signal });
    channel.progress(50, 100);
    await sleep(50, undefined, { signal });
    channel.progress(100, 100);
    return text('Tool with progress executed successfully');
  }),
  toolOf('json_schema_2020_12_tool', 'Tool with JSON Schema 2020-12 features', SCHEMA_2020_12, () => text('ok')),
  toolOf('test_custom_header', 'Has an argument that stands in a header too', MIRRORED, ({ arguments: args }) =>
    text(`region: ${String(args['region'])}`),
  ),
];
