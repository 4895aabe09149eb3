import { Module } from '@nestjs/common';
import { ErrorCorrelationsController } from './error-correlations.controller.js';
import { ListErrorClustersTool } from './list-error-clusters.tool.js';

@Module({
  controllers: [ErrorCorrelationsController],
  providers: [ListErrorClustersTool],
  exports: [ListErrorClustersTool],
})
export class ErrorCorrelationsModule {}
