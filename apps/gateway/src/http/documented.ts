import type * as Swagger from '@nestjs/swagger';

type Decorate = (swagger: typeof Swagger) => ClassDecorator | MethodDecorator | PropertyDecorator;
type Any = ClassDecorator & MethodDecorator & PropertyDecorator;

const notes: ((swagger: typeof Swagger) => void)[] = [];

/**
 * A decorator that only documents. It is applied when the OpenAPI document is first asked for: loading the generator
 * costs 100 ms and 12 MB, which no start should pay.
 */
export function documented(decorate: Decorate): Any {
  return ((target: object, key?: string, descriptor?: PropertyDescriptor) => {
    notes.push((swagger) => {
      (decorate(swagger) as (...place: unknown[]) => void)(target, key, descriptor);
    });
  }) as Any;
}

/** Applies what has been noted since the last time. */
export function applyDocumentation(swagger: typeof Swagger): void {
  for (const note of notes.splice(0)) note(swagger);
}

/** The group that a controller's routes stand under. */
export const Group = (name: string): ClassDecorator => documented(({ ApiTags }) => ApiTags(name));

/** Leaves a route out of the document. */
export const Undocumented = (): MethodDecorator & ClassDecorator =>
  documented(({ ApiExcludeEndpoint }) => ApiExcludeEndpoint());

/** Documents a body that no DTO describes, by the name of its model. */
export const BodyModel = (name: string): MethodDecorator =>
  documented(({ ApiBody }) => ApiBody({ schema: { $ref: `#/components/schemas/${name}` } }));
