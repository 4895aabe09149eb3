import { Module } from '@nestjs/common';
import { SignalsController } from './signals.controller.js';
import { SignalsMetrics } from './signals.metrics.js';

@Module({ controllers: [SignalsController], providers: [SignalsMetrics] })
export class SignalsModule {}
