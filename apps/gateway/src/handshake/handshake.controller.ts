import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { Handshakes, MCPHandshakeResponse } from '#core/handshake/handshakes.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { MCPHandshakeRequest } from './handshake.dto.js';

@Group('handshake')
@Controller(API_BASE)
export class HandshakeController {
  constructor(private readonly handshakes: Handshakes) {}

  @Post('handshake')
  @Scopes('signals:write')
  @HttpCode(200)
  @Answers(200, MCPHandshakeResponse)
  openHandshake(@CurrentCaller() caller: Caller, @Body() body: MCPHandshakeRequest) {
    return this.handshakes.open(caller, body);
  }
}
