import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CallerGuard } from './caller.guard.js';

/** Puts the guard in front of every route. */
@Module({ providers: [{ provide: APP_GUARD, useClass: CallerGuard }] })
export class AuthModule {}
