import { Module } from '@nestjs/common';
import { ErrorCorrelationsController } from './error-correlations.controller.js';

@Module({ controllers: [ErrorCorrelationsController] })
export class ErrorCorrelationsModule {}
