import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from '#gateway/health/version.js';
import { PAGE_POLICY } from '#gateway/http/security-headers.js';
import { buildOpenApi } from './openapi.js';

const ASSETS = '/docs/assets/';

const PUBLIC = { config: { access: { kind: 'public' }, operation: 'docs' } } as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Achilles API</title>
    <link rel="icon" type="image/png" href="${ASSETS}favicon-32x32.png" />
    <link rel="stylesheet" href="${ASSETS}swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${ASSETS}swagger-ui-bundle.js"></script>
    <script src="/docs/view.js"></script>
  </body>
</html>
`;

const VIEW = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

/** Serves the OpenAPI document at /docs/openapi.json and a browser's view of it at /docs. */
export async function serveDocs(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  let document: Promise<OpenAPIObject> | undefined;
  fastify.get('/docs/openapi.json', PUBLIC, () => (document ??= buildOpenApi(app, VERSION)));
  fastify.get('/docs', PUBLIC, (_request, reply) =>
    reply.header('content-security-policy', PAGE_POLICY).type('text/html').send(PAGE),
  );
  fastify.get('/docs/view.js', PUBLIC, (_request, reply) => reply.type('text/javascript').send(VIEW));
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await fastify.register(async (assets) => {
    assets.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...PUBLIC.config };
    });
    await assets.register(fastifyStatic, {
      root,
      prefix: ASSETS,
      index: false,
      allowedPath: (path) => /^\/(swagger-ui\.css|swagger-ui-bundle\.js|favicon-\d+x\d+\.png)$/.test(path),
    });
  });
}
