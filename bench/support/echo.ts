import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { Scopes } from '#gateway/auth/auth.decorators.js';

/** A route that does nothing: what a request to it costs is what stands around it. */
@Controller()
export class EchoController {
  @Post('echo')
  @HttpCode(200)
  @Scopes('sessions:read')
  echo(@Body() body: { readonly id?: unknown }): { ok: boolean; id: unknown } {
    return { ok: true, id: body.id };
  }
}

@Module({ controllers: [EchoController] })
export class EchoModule {}
