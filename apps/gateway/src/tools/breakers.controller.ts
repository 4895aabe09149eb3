import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import type { BreakerMode } from '#resilience/circuit-breaker.js';
import type { Static } from '#schema/schema.js';
import { BreakerCommands } from './breaker-commands.js';
import { Breakers, type NamedBreaker } from './stages/breakers.js';
import { BreakerList, BreakerOut } from './tools.models.js';

type Shown = Static<typeof BreakerOut>;

/** The breakers of this process, for operators: they belong to no tenant. */
@Group('admin')
@Controller('admin/breakers')
export class BreakersController {
  constructor(
    private readonly breakers: Breakers,
    private readonly commands: BreakerCommands,
    private readonly records: ChangeRecords,
  ) {}

  @Get()
  @Scopes('breakers:read')
  @Answers(200, BreakerList, 'Of the process that answers, by name')
  listBreakers(): Static<typeof BreakerList> {
    return { breakers: this.breakers.all().map(shown) };
  }

  @Post(':name/open')
  @Scopes('breakers:write')
  @HttpCode(200)
  @Answers(200, BreakerOut, 'Nothing is called until it is closed, or left to itself')
  openBreaker(@Req() request: FastifyRequest, @Param('name') name: string): Shown {
    return this.say(request, name, 'open', 'breaker.open');
  }

  @Post(':name/close')
  @Scopes('breakers:write')
  @HttpCode(200)
  @Answers(200, BreakerOut, 'Everything is called, whatever fails')
  closeBreaker(@Req() request: FastifyRequest, @Param('name') name: string): Shown {
    return this.say(request, name, 'closed', 'breaker.close');
  }

  @Post(':name/auto')
  @Scopes('breakers:write')
  @HttpCode(200)
  @Answers(200, BreakerOut, 'Left to itself, beginning closed')
  resetBreaker(@Req() request: FastifyRequest, @Param('name') name: string): Shown {
    return this.say(request, name, 'auto', 'breaker.auto');
  }

  private say(request: FastifyRequest, name: string, mode: BreakerMode, event: string): Shown {
    const named = this.commands.say(name, mode);
    const { definition, upstream } = named.tool;
    this.records.write(request, { event, upstream, tool: definition.name });
    return shown(named);
  }
}

const shown = ({ name, tool, breaker }: NamedBreaker): Shown => ({
  name,
  upstream: tool.upstream,
  tool: tool.definition.name,
  state: breaker.state,
  mode: breaker.mode,
  failures: breaker.failures,
});
