import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VARIABLES } from '#config/env.js';
import { loadConfig, parseConfig } from '#config/load-config.js';
import { renderConfigurationPage, renderEnvExample, renderProductionExample } from '#config/render-variables.js';
import { openApiText } from '#gateway/docs/openapi-file.js';

describe('generated files are what `npm run sync` writes', () => {
  it.each([
    ['.env.example', renderEnvExample],
    ['.env.prod.example', renderProductionExample],
    ['docs/configuration.md', renderConfigurationPage],
  ])('%s', (file, render) => {
    expect(readFileSync(file, 'utf8')).toBe(render());
  });

  it('docs/openapi.json', async () => {
    expect(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))).toEqual(JSON.parse(await openApiText()));
  });
});

describe('the examples of an environment', () => {
  it.each(['.env.example', '.env.prod.example'])('%s names every variable', (file) => {
    const text = readFileSync(file, 'utf8');
    for (const { name } of VARIABLES) expect(text).toMatch(new RegExp(`^#?${name}=`, 'm'));
  });

  it('.env.example starts as it is', () => {
    expect(loadConfig({}, '.env.example')).toEqual(parseConfig({}));
  });

  it('.env.prod.example does not start before its secrets are set', () => {
    expect(() => loadConfig({}, '.env.prod.example')).toThrow('CHANGE_ME');
    const secrets = {
      DATABASE_URL: 'postgres://a:b@c/d',
      REDIS_URL: 'redis://:a@b',
      AUDIT_HMAC_KEY: randomBytes(32).toString('base64'),
      SESSION_KEY: randomBytes(32).toString('base64'),
    };
    expect(loadConfig(secrets, '.env.prod.example')).toMatchObject({ HOST: '0.0.0.0', AUTH_MODE: 'jwt' });
  });
});
