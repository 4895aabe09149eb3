import { Module } from '@nestjs/common';
import { AgentPerformanceController } from './agent-performance.controller.js';

@Module({ controllers: [AgentPerformanceController] })
export class AgentPerformanceModule {}
