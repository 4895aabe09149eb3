import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ValidationFailed } from '#core/core.errors.js';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import { etagOf, seenRevision } from '#gateway/http/if-match.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Static } from '#schema/schema.js';
import { AdminVirtualServers } from './admin-virtual-servers.js';
import type { EntryRow } from '#database/entry-rows.js';
import { VirtualServerViews } from './virtual-server-views.js';
import { VirtualServerBody, VirtualServerDetail, VirtualServerList } from './virtual-servers.models.js';

/** Selections of tools under one address, for operators: they belong to no tenant. */
@Group('admin')
@Controller('admin/virtual-servers')
export class VirtualServersController {
  constructor(
    private readonly views: VirtualServerViews,
    private readonly servers: AdminVirtualServers,
    private readonly records: ChangeRecords,
  ) {}

  @Get()
  @Scopes('upstreams:read')
  @Answers(200, VirtualServerList, 'Of the file and of the API, by name, as the process that answers sees them')
  async listVirtualServers(): Promise<Static<typeof VirtualServerList>> {
    return { virtual_servers: await this.views.list() };
  }

  @Post()
  @Scopes('upstreams:write')
  @Takes(VirtualServerBody)
  @Answers(201, VirtualServerDetail, 'With `ETag`')
  async createVirtualServer(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<VirtualServerDetail> {
    const { name, ...entry } = entryOf(body);
    if (typeof name !== 'string') throw wrong('name', 'is required, and a text');
    const row = await this.servers.create(name, entry, request.caller!.subject);
    this.record(request, row, 'virtual_server.create', 201);
    return this.answer(reply, row, 201);
  }

  @Get(':name')
  @Scopes('upstreams:read')
  @Answers(200, VirtualServerDetail, 'With `ETag` where it is one of the API')
  async readVirtualServer(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<VirtualServerDetail> {
    const detail = await this.views.show(name);
    if (detail.revision !== undefined) reply.header('etag', etagOf(detail.revision));
    return detail;
  }

  @Put(':name')
  @Scopes('upstreams:write')
  @Takes(VirtualServerBody)
  @Answers(200, VirtualServerDetail, 'Replaced; `If-Match` says which revision was seen, or `*`')
  @Answers(201, VirtualServerDetail, 'Created')
  async putVirtualServer(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<VirtualServerDetail> {
    const seen = seenRevision(request.headers['if-match']);
    const { row, created } = await this.servers.put(name, entryOf(body), seen, request.caller!.subject);
    const status = created ? 201 : 200;
    this.record(request, row, created ? 'virtual_server.create' : 'virtual_server.replace', status);
    return this.answer(reply, row, status);
  }

  @Delete(':name')
  @Scopes('upstreams:write')
  @HttpCode(204)
  @Answers(204, {}, 'Sessions at its address end: it is 404 from now on')
  async deleteVirtualServer(@Req() request: FastifyRequest, @Param('name') name: string): Promise<void> {
    const row = await this.servers.remove(name, seenRevision(request.headers['if-match']));
    this.records.write(request, { event: 'virtual_server.delete', upstream: row.name, status: 204 });
  }

  private record(request: FastifyRequest, { name, entry }: EntryRow, event: string, status: number): void {
    this.records.write(request, { event, upstream: name, entry, status });
  }

  private answer(reply: FastifyReply, row: EntryRow, status: number): Promise<VirtualServerDetail> {
    reply.status(status).header('etag', etagOf(row.revision));
    return this.views.show(row.name);
  }
}

const wrong = (field: string, message: string) => new ValidationFailed([{ field, code: 'wrong_type', message }]);

/** @throws ValidationFailed */
function entryOf(body: unknown): JsonObject {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  throw wrong('body', 'must be an object');
}
