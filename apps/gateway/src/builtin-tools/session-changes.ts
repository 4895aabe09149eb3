import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { SessionNews, type SessionNewsItem } from '#core/sessions/session-news.js';
import { Changes } from '#gateway/tools/changes.js';
import { sessionUri } from './session-resources.js';

/** However many sessions appear, that the list is another one is said once in this time. */
const LIST_CHANGE_MS = 1_000;

/**
 * Tells subscribers of the resources whose sessions have changed, wherever in the installation that happened. A remote
 * Core sends no news: then nothing is told.
 */
@Injectable()
export class SessionChanges implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly changes: Changes,
    @Optional() @Inject(SessionNews) private readonly news: SessionNews | undefined,
  ) {}

  onModuleInit(): void {
    const { news } = this;
    if (news) this.changes.whileListened(() => news.listen((item) => this.publish(item)));
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private publish({ tenant, id, what }: SessionNewsItem): void {
    const changed = (uri: string) => this.changes.tell({ kind: 'resource', uri, tenant });
    switch (what) {
      case 'created':
        changed(sessionUri());
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          this.changes.tell({ kind: 'resources' });
        }, LIST_CHANGE_MS).unref();
        return;
      case 'processed':
        changed(sessionUri(id, 'insights'));
        changed(sessionUri(id, 'errors'));
        return changed(sessionUri(id));
      case 'changed':
        return changed(sessionUri(id));
      default:
        return what satisfies never;
    }
  }
}
