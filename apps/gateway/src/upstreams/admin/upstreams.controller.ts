import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeRecords } from '#gateway/audit/change-records.service.js';
import { Scopes } from '#gateway/auth/auth.decorators.js';
import { Answers, Takes } from '#gateway/http/answers.js';
import { Group } from '#gateway/http/documented.js';
import type { Static } from '#schema/schema.js';
import { AdminUpstreams } from './admin-upstreams.js';
import { entryOf, nameAndEntryOf } from './entry-body.js';
import { etagOf, seenRevision } from '#gateway/http/if-match.js';
import { KnownUpstreams } from './known-upstreams.js';
import type { EntryRow } from '#database/entry-rows.js';
import { UpstreamDetail, UpstreamEntry, UpstreamList } from './upstreams-admin.models.js';

/** The MCP servers behind this gateway, for operators: they belong to no tenant. */
@Group('admin')
@Controller('admin/upstreams')
export class UpstreamsController {
  constructor(
    private readonly known: KnownUpstreams,
    private readonly upstreams: AdminUpstreams,
    private readonly records: ChangeRecords,
  ) {}

  @Get()
  @Scopes('upstreams:read')
  @Answers(200, UpstreamList, 'Of the file and of the API, by name, as the process that answers sees them')
  async listUpstreams(): Promise<Static<typeof UpstreamList>> {
    return { upstreams: await this.known.list() };
  }

  @Post()
  @Scopes('upstreams:write')
  @Takes(UpstreamEntry)
  @Answers(201, UpstreamDetail, 'With `ETag`')
  async createUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<UpstreamDetail> {
    const { name, entry } = nameAndEntryOf(body);
    const row = await this.upstreams.create(name, entry, request.caller!.subject);
    this.record(request, row, 'upstream.create');
    return this.answer(reply, row, 201);
  }

  @Get(':name')
  @Scopes('upstreams:read')
  @Answers(200, UpstreamDetail, 'With `ETag` where it is one of the API')
  async readUpstream(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<UpstreamDetail> {
    const detail = await this.known.show(name);
    if (detail.revision !== undefined) reply.header('etag', etagOf(detail.revision));
    return detail;
  }

  @Put(':name')
  @Scopes('upstreams:write')
  @Takes(UpstreamEntry)
  @Answers(200, UpstreamDetail, 'Replaced; `If-Match` says which revision was seen, or `*`')
  @Answers(201, UpstreamDetail, 'Created')
  async putUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<UpstreamDetail> {
    const seen = seenRevision(request.headers['if-match']);
    const { row, created } = await this.upstreams.put(name, entryOf(body), seen, request.caller!.subject);
    this.record(request, row, created ? 'upstream.create' : 'upstream.replace');
    return this.answer(reply, row, created ? 201 : 200);
  }

  @Patch(':name')
  @Scopes('upstreams:write')
  @Takes(UpstreamEntry)
  @Answers(200, UpstreamDetail, 'Members of the body take the place of those that are there, null takes one away')
  patchUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<UpstreamDetail> {
    return this.change(request, reply, name, entryOf(body), 'upstream.replace');
  }

  @Delete(':name')
  @Scopes('upstreams:write')
  @HttpCode(204)
  @Answers(204, {}, 'Its calls that are under way fail')
  async deleteUpstream(@Req() request: FastifyRequest, @Param('name') name: string): Promise<void> {
    const row = await this.upstreams.remove(name, seenRevision(request.headers['if-match']));
    this.record(request, row, 'upstream.delete', 204);
  }

  @Post(':name/enable')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, UpstreamDetail)
  enableUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<UpstreamDetail> {
    return this.change(request, reply, name, { enabled: true }, 'upstream.enable');
  }

  @Post(':name/disable')
  @Scopes('upstreams:write')
  @HttpCode(200)
  @Answers(200, UpstreamDetail, 'Kept, and not called')
  disableUpstream(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<UpstreamDetail> {
    return this.change(request, reply, name, { enabled: false }, 'upstream.disable');
  }

  private async change(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    event: string,
  ): Promise<UpstreamDetail> {
    const seen = seenRevision(request.headers['if-match']);
    const row = await this.upstreams.patch(name, patch, seen, request.caller!.subject);
    this.record(request, row, event);
    return this.answer(reply, row, 200);
  }

  private record(request: FastifyRequest, { name, entry }: EntryRow, event: string, status = 200): void {
    this.records.write(request, { event, upstream: name, entry, status });
  }

  private async answer(reply: FastifyReply, row: EntryRow, status: number): Promise<UpstreamDetail> {
    reply.status(status).header('etag', etagOf(row.revision));
    return this.known.show(row.name);
  }
}
