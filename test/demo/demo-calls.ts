export interface DemoCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** What the gateway keeps from the backend. */
  readonly expectsRefusal?: boolean;
}

const CODE = `import os

def remove(path):
    if path and not path.startswith("/"):
        os.system("rm -r " + path)  # TODO: quote
`;

/** Each of the nine tools once, and two calls that never reach a backend. */
export const DEMO_CALLS: readonly DemoCall[] = [
  { name: 'semantic_search', args: { query: 'authenticating callers by token', top_k: 2 } },
  { name: 'hybrid_search', args: { query: 'BM25 ranking', collection: 'textbooks', keyword_weight: 0.6, top_k: 1 } },
  { name: 'code_analyze', args: { code: CODE, language: 'python' } },
  { name: 'code_pattern_audit', args: { code: CODE, confidence_threshold: 0.5 } },
  {
    name: 'graph_query',
    args: {
      cypher: 'MATCH (a:Module)-[:IMPORTS]->(b:Module {name: $name}) RETURN a.name AS importer ORDER BY importer',
      parameters: { name: 'money' },
    },
  },
  { name: 'graph_query', args: { cypher: 'MATCH (n) DETACH DELETE n' }, expectsRefusal: true },
  { name: 'llm_complete', args: { prompt: 'Say something.', system_prompt: 'In upper case.', max_tokens: 32 } },
  {
    name: 'run_agent_function',
    args: { function_name: 'extract-keywords', input: { text: 'A ledger keeps a journal.' } },
  },
  { name: 'run_discussion', args: { protocol_id: 'DEBATE', topic: 'Should every call be retried?' } },
  { name: 'agent_execute', args: { task: 'Explain how the journal is replayed after a crash', max_steps: 4 } },
  { name: 'agent_execute', args: { task: 'Run for ever', max_steps: 1_000 }, expectsRefusal: true },
];
