import { Module } from '@nestjs/common';
import { CompleteSessionTool } from './complete-session.tool.js';
import { SessionsController } from './sessions.controller.js';
import { StartSessionTool } from './start-session.tool.js';

@Module({
  controllers: [SessionsController],
  providers: [CompleteSessionTool, StartSessionTool],
  exports: [CompleteSessionTool, StartSessionTool],
})
export class SessionsModule {}
