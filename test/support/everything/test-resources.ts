import type {
  Listed,
  ResourceAnswer,
  ResourceDefinition,
  ResourceProvider,
  ResourceTemplate,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { ResourceNotFound } from '#gateway/tools/tools.errors.js';
import { PNG } from './media.js';

const LISTED: readonly ResourceDefinition[] = [
  {
    uri: 'test://static-text',
    name: 'Static text',
    description: 'A text that never changes',
    mimeType: 'text/plain',
  },
  {
    uri: 'test://static-binary',
    name: 'Static picture',
    description: 'A picture that never changes',
    mimeType: 'image/png',
  },
  {
    uri: 'test://watched-resource',
    name: 'Watched resource',
    description: 'A text that can be subscribed to',
    mimeType: 'text/plain',
  },
];

const HELD: Readonly<Record<string, object>> = {
  'test://static-text': { text: 'This is the content of the static text resource.' },
  'test://static-binary': { blob: PNG },
  'test://watched-resource': { text: 'Watched resource content' },
};

const TEMPLATE: ResourceTemplate = {
  uriTemplate: 'test://template/{id}/data',
  name: 'Data by id',
  description: 'What is known of an id',
  mimeType: 'application/json',
};

/** Three resources and a template, for everybody. */
export const testResources: ResourceProvider = {
  owns: (uri) => uri.startsWith('test://'),
  list: async (): Promise<Listed<ResourceDefinition>> => ({ items: LISTED }),
  templates: () => [TEMPLATE],
  read: async (_request: SourceRequest, uri: string): Promise<ResourceAnswer> => {
    const listed = LISTED.find((resource) => resource.uri === uri);
    if (listed) return { contents: [{ uri, mimeType: listed['mimeType'], ...HELD[uri] }] };
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id === undefined) throw new ResourceNotFound(uri);
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
  },
  complete: async (_request, { value }) => ['123', '124', '200'].filter((id) => id.startsWith(value)),
};
