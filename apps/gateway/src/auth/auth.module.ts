import { Module } from '@nestjs/common';
import { AuthGuard } from './auth.guard.js';

/** Provides the guard that `request-stages.ts` puts in front of every route. */
@Module({ providers: [AuthGuard], exports: [AuthGuard] })
export class AuthModule {}
