import { OneOf, Text } from '#gateway/http/fields.js';
import { documented } from '#gateway/http/documented.js';
import { PENDING_CLASSES, type PendingClass } from './pins/pin.js';
import { DEFINITION_STATES } from './definitions.models.js';
import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn } from 'class-validator';

export class DefinitionQuery {
  @OneOf(DEFINITION_STATES, { optional: true })
  state?: (typeof DEFINITION_STATES)[number];
}

/** What a decision is about, where `If-Match` does not say so. */
export class DefinitionDecision {
  @Text({ max: 64, optional: true, description: 'SHA-256 of the pending definition; or in `If-Match`.' })
  sha256?: string;
}

const Classes = () =>
  applyDecorators(
    documented(({ ApiProperty }) =>
      ApiProperty({
        type: [String],
        enum: PENDING_CLASSES,
        description: 'What waits for no other reasons is approved.',
      }),
    ),
    IsArray({ message: 'must be an array of classes' }),
    ArrayNotEmpty({ message: 'must name at least one class' }),
    ArrayMaxSize(PENDING_CLASSES.length, { message: `must hold at most ${PENDING_CLASSES.length} entries` }),
    IsIn(PENDING_CLASSES, { each: true, message: `must hold some of ${PENDING_CLASSES.join(', ')}` }),
  );

export class DefinitionApproval extends DefinitionDecision {
  @Classes()
  classes: PendingClass[];
}
