import { Module } from '@nestjs/common';
import { ActiveSessions } from './active-sessions.service.js';
import { CompleteSessionTool } from './complete-session.tool.js';
import { SessionsController } from './sessions.controller.js';
import { StartSessionTool } from './start-session.tool.js';

@Module({
  controllers: [SessionsController],
  providers: [ActiveSessions, CompleteSessionTool, StartSessionTool],
  exports: [ActiveSessions, CompleteSessionTool, StartSessionTool],
})
export class SessionsModule {}
