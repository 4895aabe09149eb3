// Rewrites what is generated from the code and committed: docs/openapi.json, docs/configuration.md and the two
// examples of an environment. A test fails while one of them is not what this writes.
import { writeFileSync } from 'node:fs';
import { renderConfigurationPage, renderEnvExample, renderProductionExample } from '#config/render-variables.js';
import { openApiText } from '#gateway/docs/openapi-file.js';

writeFileSync('.env.example', renderEnvExample());
writeFileSync('.env.prod.example', renderProductionExample());
writeFileSync('docs/configuration.md', renderConfigurationPage());
writeFileSync('docs/openapi.json', await openApiText());
