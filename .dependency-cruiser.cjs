/** Who may import whom. Arrows go one way; see docs/architecture.md. */
const gateway = '^apps/gateway/src';
/** What of a feature another feature may see. */
const SHARED = '\\.(module|service|schema|errors|decorators)\\.ts$';

const level = (from, to) => ({
  name: `${from}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: `^libs/${from}/` },
  to: { path: '^libs/', pathNot: `^libs/(${[from, ...to].join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    level('schema', []),
    level('errors', []),
    level('config', ['schema', 'errors']),
    level('observability', ['schema', 'errors', 'config']),
    level('audit', ['schema', 'errors', 'config', 'observability']),
    level('database', ['schema', 'errors', 'config', 'observability']),
    level('redis', ['schema', 'errors', 'config', 'observability']),
    level('cypher', ['schema', 'errors']),
    level('egress', ['schema', 'errors', 'config', 'observability']),
    level('sandbox', ['schema', 'errors', 'config', 'observability']),
    level('resilience', ['schema', 'errors', 'config', 'observability']),
    level('core', ['schema', 'errors', 'config', 'observability', 'egress', 'resilience', 'database']),
    {
      name: 'cli-speaks-http',
      comment:
        'The command line uses the public API like anybody else, and reads the audit log; of other libraries it may use the types.',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^(libs|apps/gateway)/', pathNot: '^libs/audit/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'nobody-imports-the-cli', severity: 'error', from: { pathNot: '^apps/cli/' }, to: { path: '^apps/cli/' } },
    {
      name: 'feature-insides-are-private',
      severity: 'error',
      from: { path: `${gateway}/([^/]+)/`, pathNot: `${gateway}/builtin-tools/builtin-tools\\.source\\.ts$` },
      to: {
        path: `${gateway}/([^/]+)/`,
        pathNot: [
          `${gateway}/$1/`,
          `${gateway}/(http|seal)/`,
          `${gateway}/auth/(access|scopes|caller-tokens)\\.ts$`,
          `${gateway}/tools/(tool|tool-source|header-parameters|tool-request|tool-directory|tool-audiences|mount|tool-pipeline|result-json|call-channel|changes|input-needs|argument-fault|hygiene/[^/]+|stages/clean-text)\\.ts$`,
          `${gateway}/builtin-tools/(builtin-tool|session-reference)\\.ts$`,
          `${gateway}/capture/session-hint\\.ts$`,
          `${gateway}/health/version\\.ts$`,
          SHARED,
        ],
      },
    },
    {
      name: 'builtin-tools-list-the-tools-of-every-feature',
      severity: 'error',
      from: { path: `${gateway}/builtin-tools/builtin-tools\\.source\\.ts$` },
      to: {
        path: `${gateway}/`,
        pathNot: [`${gateway}/(builtin-tools|tools)/`, `${gateway}/[^/]+/[^/]+\\.tool\\.ts$`],
      },
    },
    {
      name: 'foundations-import-no-feature',
      severity: 'error',
      from: { path: `${gateway}/(http|auth|seal)/` },
      to: { path: `${gateway}/`, pathNot: `${gateway}/(http|auth|seal)/` },
    },
    {
      name: 'tokens-of-callers-are-for-their-exchange',
      comment: 'A token that a caller came with goes to an authorisation server, and nowhere else.',
      severity: 'error',
      from: { path: `${gateway}/`, pathNot: [`${gateway}/auth/`, `${gateway}/upstreams/credentials/`] },
      to: { path: `${gateway}/auth/caller-tokens\\.ts$` },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    enhancedResolveOptions: {
      conditionNames: ['development', 'import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
