import { Module } from '@nestjs/common';
import { InsightsController } from './insights.controller.js';
import { ReadInsightsTool } from './read-insights.tool.js';

@Module({ controllers: [InsightsController], providers: [ReadInsightsTool], exports: [ReadInsightsTool] })
export class InsightsModule {}
