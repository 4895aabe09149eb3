import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import { ProjectResolveResponse, Projects } from '#core/projects/projects.js';
import { CurrentCaller, Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers } from '#gateway/http/answers.js';
import { API_BASE } from '#gateway/http/base-path.js';
import { Group } from '#gateway/http/documented.js';
import { MCPProjectResolve } from './projects.dto.js';

@Group('projects')
@Controller(`${API_BASE}/projects`)
export class ProjectsController {
  constructor(private readonly projects: Projects) {}

  @Post('resolve')
  @Scopes('projects:write')
  @HttpCode(200)
  @Answers(200, ProjectResolveResponse)
  resolveProject(@CurrentCaller() caller: Caller, @Body() body: MCPProjectResolve) {
    return this.projects.resolve(caller, body);
  }
}
