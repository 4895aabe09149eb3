import { describe, expect, it } from '@jest/globals';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { headerText, mirror } from './mirrored.js';

describe('headerText', () => {
  it.each([
    ['get_weather', 'get_weather'],
    ['a b', 'a b'],
    ['=?base64?', '=?base64?'],
    ['', '=?base64??='],
    [' a', '=?base64?IGE=?='],
    ['a ', '=?base64?YSA=?='],
    ['a\tb', '=?base64?YQli?='],
    ['a\r\nhost: b', '=?base64?YQ0KaG9zdDogYg==?='],
    ['Zürich', '=?base64?WsO8cmljaA==?='],
    ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
    ['\ud800', '=?base64?77+9?='],
  ])('says %j as %s', (text, said) => expect(headerText(text)).toBe(said));
});

describe('mirror', () => {
  const definition = (properties: object): ToolDefinition => ({
    name: 'a',
    description: '',
    inputSchema: { type: 'object', properties },
  });
  const said = (method: string, params: object, tool?: ToolDefinition) => {
    const headers: Record<string, string> = {};
    mirror(headers, method, params as never, tool);
    return headers;
  };

  it.each([
    ['tools/call', { name: 'a' }, { 'mcp-method': 'tools/call', 'mcp-name': 'a' }],
    ['prompts/get', { name: 'a' }, { 'mcp-method': 'prompts/get', 'mcp-name': 'a' }],
    ['resources/read', { uri: 'a://b' }, { 'mcp-method': 'resources/read', 'mcp-name': 'a://b' }],
    ['tasks/get', { taskId: '1' }, { 'mcp-method': 'tasks/get', 'mcp-name': '1' }],
    ['tools/call', { name: 5 }, { 'mcp-method': 'tools/call' }],
    ['tools/list', { name: 'a' }, { 'mcp-method': 'tools/list' }],
  ])('of %s %j', (method, params, headers) => expect(said(method, params)).toEqual(headers));

  it('says arguments again that the schema wants in headers, and no others', () => {
    const tool = definition({
      region: { type: 'string', 'x-mcp-header': 'Region' },
      depth: { type: 'integer', 'x-mcp-header': 'Depth' },
      deep: { properties: { flag: { type: 'boolean', 'x-mcp-header': 'X-Flag' } } },
      bad: { type: 'string', 'x-mcp-header': 'a b' },
      worse: { type: 'string', 'x-mcp-header': 5 },
      list: { type: 'array', 'x-mcp-header': 'List' },
      other: { type: 'string' },
    });
    const args = { region: 'eu', depth: -0.5, deep: { flag: true }, bad: 'x', worse: 'x', list: ['x'], other: 'x' };
    expect(said('tools/call', { name: 'a', arguments: args }, tool)).toEqual({
      'mcp-method': 'tools/call',
      'mcp-name': 'a',
      'mcp-param-region': 'eu',
      'mcp-param-depth': '-0.5',
      'mcp-param-x-flag': 'true',
    });
    for (const without of [{}, { region: null }, { deep: null }, { deep: [] }]) {
      expect(Object.keys(said('tools/call', { name: 'a', arguments: without }, tool))).toHaveLength(2);
    }
    expect(Object.keys(said('tools/call', { name: 'a' }, tool))).toHaveLength(2);
  });

  it('finds nothing that every object has', () => {
    const tool = definition({ constructor: { type: 'string', 'x-mcp-header': 'C', properties: {} } });
    expect(Object.keys(said('tools/call', { name: 'a', arguments: {} }, tool))).toHaveLength(2);
  });
});
