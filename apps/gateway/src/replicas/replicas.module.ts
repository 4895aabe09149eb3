import { Module } from '@nestjs/common';
import { ReplicaNews } from './replica-news.service.js';

/** What replicas of the gateway tell each other. */
@Module({ providers: [ReplicaNews], exports: [ReplicaNews] })
export class ReplicasModule {}
