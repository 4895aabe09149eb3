import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import { LifecycleService } from '#gateway/lifecycle/lifecycle.service.js';
import { PubSub } from '#redis/pub-sub.js';
import { notAsked } from './input-refused.js';
import type { CarPark, ParkedCall } from './parked-call.js';
import { ParkedCallsMetrics, type ParkingEnd } from './parked-calls.metrics.js';
import { writeState } from './request-state.js';

/** Each holds a conversation with an upstream open. */
const MOST = 1_000;
const MOST_PER_PRINCIPAL = 50;

const RANDOM_BYTES = 18;

/** The calls of this process that have asked their client, by an id that nobody can guess. */
@Injectable()
export class WaitingCalls implements CarPark, OnModuleDestroy {
  /** Names this process in what clients bring back. */
  readonly process: string;
  private readonly calls = new Map<string, ParkedCall>();
  private readonly ids = new Map<ParkedCall, string>();
  private readonly perPrincipal = new Map<string, number>();

  constructor(
    private readonly lifecycle: LifecycleService,
    private readonly metrics: ParkedCallsMetrics,
    @Optional() @Inject(PubSub) others: PubSub | undefined,
  ) {
    this.process = others?.process ?? 'here';
    metrics.parked = () => [...this.calls.values()].filter(({ parked }) => parked).length;
    // Nobody comes back to a gateway that stops. Whoever waits gets its answer first.
    lifecycle.stopping.addEventListener('abort', () => this.stop(({ parked }) => parked));
  }

  onModuleDestroy(): void {
    this.stop(() => true);
  }

  /** The call, if it is of this upstream and principal: others do not learn that there is one. */
  find(id: string, upstream: string, principal: string): ParkedCall | undefined {
    const call = this.calls.get(id);
    return call?.upstream === upstream && call.principal === principal ? call : undefined;
  }

  enter(call: ParkedCall): string {
    const count = this.perPrincipal.get(call.principal) ?? 0;
    if (this.lifecycle.stopping.aborted) throw notAsked('The gateway is stopping.');
    if (this.calls.size >= MOST || count >= MOST_PER_PRINCIPAL) {
      this.metrics.ended('refused');
      throw notAsked('Too many calls wait for their clients.');
    }
    const id = randomBytes(RANDOM_BYTES).toString('base64url');
    this.calls.set(id, call);
    this.ids.set(call, id);
    this.perPrincipal.set(call.principal, count + 1);
    return writeState({ kind: 'parked', process: this.process, call: id });
  }

  leave(call: ParkedCall, end: ParkingEnd): void {
    const id = this.ids.get(call);
    if (id === undefined) return;
    this.ids.delete(call);
    this.calls.delete(id);
    const count = this.perPrincipal.get(call.principal)! - 1;
    if (count > 0) this.perPrincipal.set(call.principal, count);
    else this.perPrincipal.delete(call.principal);
    this.metrics.ended(end);
  }

  private stop(which: (call: ParkedCall) => boolean): void {
    for (const call of [...this.calls.values()].filter(which)) call.cancel('stopped');
  }
}
