import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Config } from '#config/env.js';
import type { TraceParent } from './trace-parent.js';
import { type CallSpan, type RequestOutcome, type RequestSpan, Tracing } from './tracing.js';

const EXPORT_TIMEOUT_MS = 5_000;
const EXPORT_EVERY_MS = 1_000;

/**
 * Spans made by hand, one a request and one a call: the automatic instrumentation of `http` costs 80 µs a request, even
 * of those that are not sampled. A collector that is away costs spans, never a request: they wait in a bounded queue.
 */
export class OtlpTracing extends Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor(config: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_SERVICE_NAME' | 'OTEL_TRACES_SAMPLER_ARG'>) {
    super();
    const url = `${config.OTEL_EXPORTER_OTLP_ENDPOINT!.replace(/\/$/, '')}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': config.OTEL_SERVICE_NAME }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: EXPORT_EVERY_MS })],
    });
    this.tracer = this.provider.getTracer('achilles-gateway');
  }

  begin(requestId: string, parent: TraceParent | undefined): RequestSpan {
    const options = { kind: SpanKind.SERVER, attributes: { 'achilles.request_id': requestId } };
    const above = parent ? trace.setSpanContext(ROOT_CONTEXT, remote(parent)) : ROOT_CONTEXT;
    return new OtlpRequestSpan(this.tracer, this.tracer.startSpan('request', options, above));
  }

  async onApplicationShutdown(): Promise<void> {
    // A collector that is away must not keep a gateway from ending.
    await this.provider.shutdown().catch(() => undefined);
  }
}

const remote = ({ traceId, spanId, sampled }: TraceParent) => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});

class OtlpRequestSpan implements RequestSpan {
  constructor(
    private readonly tracer: Tracer,
    private readonly span: Span,
  ) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  call(method: string, host: string): CallSpan {
    const options: SpanOptions = {
      kind: SpanKind.CLIENT,
      attributes: { 'http.request.method': method, 'server.address': host },
    };
    const span = this.tracer.startSpan(method, options, trace.setSpan(ROOT_CONTEXT, this.span));
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`,
      end: (status) => {
        if (status !== undefined) span.setAttribute('http.response.status_code', status);
        if (status === undefined || status >= 400) fail(span, status);
        span.end();
      },
    };
  }

  end({ method, route, path, status }: RequestOutcome): void {
    if (this.span.isRecording()) {
      this.span.updateName(route === undefined ? method : `${method} ${route}`);
      this.span.setAttributes({
        'http.request.method': method,
        'url.path': path,
        'http.response.status_code': status,
        ...(route !== undefined && { 'http.route': route }),
      });
      // A refusal is the client's fault: by convention no failure of the server.
      if (status >= 500) fail(this.span, status);
    }
    this.span.end();
  }
}

function fail(span: Span, status: number | undefined): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', status === undefined ? 'no_answer' : String(status));
}
