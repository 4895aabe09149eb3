import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { MCPEvent } from '#core/signals/event.js';
import { MAX_BATCH_EVENTS } from '#core/signals/signals.js';
import { ANSWER_MODELS } from '#gateway/http/answers.js';
import { applyDocumentation } from '#gateway/http/documented.js';
import { PROBLEM_MEDIA_TYPE } from '#gateway/http/problem.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `errors` names each field that is wrong.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'code', 'message'],
        properties: { field: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;

/** The OpenAPI document of the routes that this application has: requests from the DTO classes, answers from the models. */
export async function buildOpenApi(app: INestApplication, version: string): Promise<OpenAPIObject> {
  const swagger = await import('@nestjs/swagger');
  applyDocumentation(swagger);
  const base = new swagger.DocumentBuilder()
    .setTitle('Achilles Gateway')
    .setDescription('Records sessions of AI agents as signals and turns them into insights.')
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  const document = swagger.SwaggerModule.createDocument(app, base, {
    operationIdFactory: (_controller, method) => method,
  });
  const { $id: _id, ...event } = JSON.parse(JSON.stringify(MCPEvent)) as Record<string, unknown>;
  const models = {
    Problem: PROBLEM,
    MCPEvent: event,
    MCPEventBatch: {
      type: 'object',
      required: ['events'],
      properties: {
        events: {
          type: 'array',
          minItems: 1,
          maxItems: MAX_BATCH_EVENTS,
          items: { $ref: '#/components/schemas/MCPEvent' },
        },
      },
    },
    ...Object.fromEntries(ANSWER_MODELS),
  };
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(models as unknown as Schemas) },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.patch, path.put, path.delete]) {
      if (operation) operation.responses['default'] = PROBLEM_ANSWER;
    }
  }
  return document;
}

const PROBLEM_ANSWER = {
  description: 'Any failure',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};
