import { describe, expect, it } from '@jest/globals';
import { readTools, type ToolEntry } from '#config/tools-file.js';
import type { AppError, FieldFault } from '#errors/app-error.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { argumentCheck } from './argument-check.js';

const URLS: Readonly<Record<string, string>> = Object.fromEntries(
  ['SEMANTIC_SEARCH', 'CODE_ORCHESTRATOR', 'AI_AGENTS', 'LLM_GATEWAY'].map((name) => [`${name}_URL`, 'http://a']),
);
const { tools } = readTools('config/tools.yaml', (name) => URLS[name]);
const checks = new Map([...tools].map(([name, entry]) => [name, argumentCheck(entry, [process.cwd()])]));

const check = (tool: string, args: JsonObject) => checks.get(tool)!(args);

function faults(tool: string, args: JsonObject): readonly FieldFault[] {
  try {
    check(tool, args);
    return [];
  } catch (error) {
    return (error as AppError).details.faults!;
  }
}

const text = (length: number) => 'x'.repeat(length);

/** What each tool needs at least. */
const LEAST: Readonly<Record<string, JsonObject>> = {
  semantic_search: { query: 'x' },
  hybrid_search: { query: 'x' },
  code_analyze: { code: 'x' },
  code_pattern_audit: { code: 'x' },
  graph_query: { cypher: 'MATCH (n) RETURN n' },
  llm_complete: { prompt: 'x' },
  run_agent_function: { function_name: 'sum' },
  run_discussion: { protocol_id: 'DEBATE', topic: 'x' },
  agent_execute: { task: 'x' },
};

it('knows nine tools', () => expect([...checks.keys()].sort()).toEqual(Object.keys(LEAST).sort()));

it.each<[string, JsonObject]>([
  ['semantic_search', { query: 'x', collection: 'all', top_k: 10, threshold: 0.5 }],
  ['hybrid_search', { query: 'x', collection: 'all', top_k: 10, semantic_weight: 0.7, keyword_weight: 0.3 }],
  ['code_analyze', { code: 'x', language: '', analysis_type: 'all' }],
  ['code_pattern_audit', { code: 'x', confidence_threshold: 0.3 }],
  ['graph_query', { cypher: 'MATCH (n) RETURN n' }],
  ['llm_complete', { prompt: 'x', temperature: 0.7, max_tokens: 4096, model_preference: 'auto' }],
  ['run_agent_function', { function_name: 'sum' }],
  ['run_discussion', { protocol_id: 'DEBATE', topic: 'x' }],
  ['agent_execute', { task: 'x', max_steps: 15 }],
])('%s fills in its defaults, into a copy', (tool, filled) => {
  const given = Object.freeze({ ...LEAST[tool] });
  expect(check(tool, given)).toEqual(filled);
  expect(given).toEqual(LEAST[tool]);
});

/** tool, argument, what is just allowed, what just is not, and what is said of that. */
const EDGES: [string, string, unknown[], unknown[], string][] = [
  ['semantic_search', 'query', ['x', text(2000), '😀'.repeat(2000)], [text(2001)], 'must have at most 2000 characters'],
  ['semantic_search', 'query', ['x'], ['', '\0\0'], 'must not be empty'],
  [
    'semantic_search',
    'collection',
    ['code', 'docs', 'textbooks', 'all'],
    ['Code', ''],
    'must be one of code, docs, textbooks, all',
  ],
  ['semantic_search', 'top_k', [1, 100], [101], 'must be ≤ 100'],
  ['semantic_search', 'top_k', [1], [0, -1], 'must be ≥ 1'],
  ['semantic_search', 'top_k', [5], [1.5, '5', null, true, [5]], 'must be an integer'],
  ['semantic_search', 'threshold', [0, 1, 0.5], [1.0001], 'must be ≤ 1'],
  ['semantic_search', 'threshold', [0], [-0.0001], 'must be ≥ 0'],
  ['hybrid_search', 'query', [text(2000)], [text(2001)], 'must have at most 2000 characters'],
  ['hybrid_search', 'top_k', [1, 100], [101], 'must be ≤ 100'],
  ['hybrid_search', 'collection', ['docs'], ['books'], 'must be one of code, docs, textbooks, all'],
  ['hybrid_search', 'semantic_weight', [0, 1], [1.1], 'must be ≤ 1'],
  ['hybrid_search', 'keyword_weight', [0, 1], [-0.1], 'must be ≥ 0'],
  ['code_analyze', 'code', ['x', text(100_000)], [text(100_001)], 'must have at most 100000 characters'],
  ['code_analyze', 'code', ['x'], [''], 'must not be empty'],
  ['code_analyze', 'language', ['', text(20)], [text(21)], 'must have at most 20 characters'],
  [
    'code_analyze',
    'analysis_type',
    ['complexity', 'dependencies', 'patterns', 'quality', 'security', 'all'],
    ['style'],
    'must be one of complexity, dependencies, patterns, quality, security, all',
  ],
  ['code_pattern_audit', 'code', [text(100_000)], [text(100_001)], 'must have at most 100000 characters'],
  ['code_pattern_audit', 'language', [text(20)], [text(21)], 'must have at most 20 characters'],
  ['code_pattern_audit', 'confidence_threshold', [0, 1], [1.01], 'must be ≤ 1'],
  ['graph_query', 'cypher', ['MATCH (n) RETURN n'], [text(5001)], 'must have at most 5000 characters'],
  ['graph_query', 'parameters', [{}, { a: [1, { b: null }] }], [[], 'x', null], 'must be an object'],
  ['llm_complete', 'prompt', ['x', text(50_000)], [text(50_001)], 'must have at most 50000 characters'],
  ['llm_complete', 'system_prompt', ['', text(10_000)], [text(10_001)], 'must have at most 10000 characters'],
  ['llm_complete', 'temperature', [0, 2], [2.01], 'must be ≤ 2'],
  ['llm_complete', 'temperature', [0], [-0.01], 'must be ≥ 0'],
  ['llm_complete', 'max_tokens', [1, 32_768], [32_769], 'must be ≤ 32768'],
  ['llm_complete', 'max_tokens', [1], [0], 'must be ≥ 1'],
  ['llm_complete', 'model_preference', ['auto', 'local', 'cloud'], ['best'], 'must be one of auto, local, cloud'],
  [
    'run_agent_function',
    'function_name',
    ['abc', `a${text(50)}`, 'a_-9'],
    ['ab', `a${text(51)}`, 'Abc', '9ab', 'a b', 'abc\n'],
    'must match ^[a-z][a-z0-9_-]{2,50}$',
  ],
  ['run_agent_function', 'input', [{}, { deep: { er: 1 } }], ['x', []], 'must be an object'],
  [
    'run_discussion',
    'protocol_id',
    ['ABC', 'A_B', 'A'.repeat(50)],
    ['AB', 'A'.repeat(51), 'abc', 'A1B', 'ABC\n'],
    'must match ^[A-Z_]{3,50}$',
  ],
  ['run_discussion', 'topic', ['x', text(5000)], [text(5001)], 'must have at most 5000 characters'],
  ['run_discussion', 'context', ['', text(50_000)], [text(50_001)], 'must have at most 50000 characters'],
  ['agent_execute', 'task', ['x', text(10_000)], [text(10_001)], 'must have at most 10000 characters'],
  ['agent_execute', 'max_steps', [1, 50], [51], 'must be ≤ 50'],
  ['agent_execute', 'max_steps', [1], [0], 'must be ≥ 1'],
];

describe('the bounds of', () => {
  it.each(EDGES)('%s.%s are exact', (tool, name, allowed, refused, message) => {
    for (const value of allowed) expect(faults(tool, { ...LEAST[tool], [name]: value })).toEqual([]);
    for (const value of refused) {
      expect(faults(tool, { ...LEAST[tool], [name]: value })).toEqual([
        { field: name, code: expect.any(String), message },
      ]);
    }
  });
});

describe('refused', () => {
  it.each(Object.keys(LEAST))('by %s: what it does not know, and what it misses', (tool) => {
    const known = Object.keys(tools.get(tool)!.inputSchema['properties'] as object).join(', ');
    const message = `is not an argument; there are: ${known}`;
    for (const name of ['nope', 'QUERY', 'constructor', 'toString', '__proto__', '']) {
      const given = JSON.parse(`${JSON.stringify(LEAST[tool]).slice(0, -1)},${JSON.stringify(name)}:1}`) as JsonObject;
      expect(faults(tool, given)).toEqual([{ field: name || 'arguments', code: 'unknown', message }]);
    }
    const required = Object.keys(LEAST[tool]!).map((field) => ({ field, code: 'required', message: 'is required' }));
    expect(faults(tool, {})).toEqual(required);
  });

  it('in an answer that stays small, whatever was sent', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`${text(500)}${i}`, i]));
    const told = faults('semantic_search', { query: 'x', ...many });
    expect(told).toHaveLength(20);
    expect(told.every(({ field }) => field.length <= 129)).toBe(true);
  });
});

describe('a tool of an operator', () => {
  const entry = (inputSchema: object, checksOf?: ToolEntry['checks']): ToolEntry => ({
    ...tools.get('semantic_search')!,
    inputSchema: { type: 'object', additionalProperties: false, ...inputSchema },
    ...(checksOf && { checks: checksOf }),
  });

  it('may have defaults within its arguments: what the client sent stays as it was', () => {
    const item = { type: 'object', properties: { size: { type: 'integer', default: 3 } } };
    const own = argumentCheck(entry({ properties: { items: { type: 'array', items: item } } }), []);
    const given = { items: [{}] };
    expect(own(given)).toEqual({ items: [{ size: 3 }] });
    expect(given).toEqual({ items: [{}] });
  });

  it('names where in its arguments something is wrong', () => {
    const item = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
    const own = argumentCheck(entry({ properties: { items: { type: 'array', items: item } } }), []);
    expect(() => own({ items: [{ name: 'a' }, {}, { name: 5 }] })).toThrow(
      'The arguments are not valid: items[1].name is required; items[2].name must be a string.',
    );
  });

  it('may take paths, one or a list, and each is judged', () => {
    const properties = { file: { type: 'string' }, files: { type: 'array', items: { type: 'string' } } };
    const own = argumentCheck(entry({ properties }, { file: 'path', files: 'path' }), [process.cwd()]);
    expect(own({ file: 'src/main.ts', files: ['a'] })).toEqual({ file: 'src/main.ts', files: ['a'] });
    expect(() => own({ file: '../etc/passwd' })).toThrow('The path in file is refused');
    expect(() => own({ files: ['a', '/etc/passwd'] })).toThrow('The path in files[1] is refused');
  });
});
