import { Module } from '@nestjs/common';
import { ActiveSessions } from './active-sessions.service.js';
import { SessionsController } from './sessions.controller.js';

@Module({ controllers: [SessionsController], providers: [ActiveSessions], exports: [ActiveSessions] })
export class SessionsModule {}
