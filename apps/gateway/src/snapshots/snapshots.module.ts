import { Module } from '@nestjs/common';
import { SnapshotsController } from './snapshots.controller.js';
import { TakeSnapshotTool } from './take-snapshot.tool.js';

@Module({ controllers: [SnapshotsController], providers: [TakeSnapshotTool], exports: [TakeSnapshotTool] })
export class SnapshotsModule {}
