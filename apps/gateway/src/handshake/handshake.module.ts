import { Module } from '@nestjs/common';
import { HandshakeController } from './handshake.controller.js';

@Module({ controllers: [HandshakeController] })
export class HandshakeModule {}
