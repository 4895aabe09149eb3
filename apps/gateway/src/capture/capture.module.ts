import { Module } from '@nestjs/common';
import { CaptureMetrics } from './capture.metrics.js';
import { CaptureService } from './capture.service.js';
import { CaptureSessions } from './capture-sessions.js';
import { CaptureWriter } from './capture-writer.js';

@Module({ providers: [CaptureMetrics, CaptureSessions, CaptureWriter, CaptureService], exports: [CaptureService] })
export class CaptureModule {}
