import { Module } from '@nestjs/common';
import { SessionsModule } from '#gateway/sessions/sessions.module.js';
import { SignalsController } from './signals.controller.js';
import { SignalsMetrics } from './signals.metrics.js';

@Module({ imports: [SessionsModule], controllers: [SignalsController], providers: [SignalsMetrics] })
export class SignalsModule {}
