import { Injectable } from '@nestjs/common';
import { AnswerCache } from './answer-cache.js';
import { Backend } from './backend.js';
import { Breakers } from './breakers.js';
import { Guard } from './guard.js';
import { Results } from './results.js';

/** What stands between arguments that are right and an answer. */
@Injectable()
export class Stages {
  constructor(
    readonly cache: AnswerCache,
    readonly guard: Guard,
    readonly breakers: Breakers,
    readonly backend: Backend,
    readonly results: Results,
  ) {}
}
