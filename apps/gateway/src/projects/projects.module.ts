import { Module } from '@nestjs/common';
import { ProjectsController } from './projects.controller.js';
import { ResolveProjectTool } from './resolve-project.tool.js';

@Module({ controllers: [ProjectsController], providers: [ResolveProjectTool], exports: [ResolveProjectTool] })
export class ProjectsModule {}
