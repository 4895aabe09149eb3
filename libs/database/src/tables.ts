import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** timestamptz(3): read as Date, written as Date or as text in ISO 8601. */
type Time = ColumnType<Date, Date | string, Date | string>;
type OptionalTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type DefaultTime = ColumnType<Date, Date | undefined, Date>;
/** jsonb: read parsed, written as JSON text. */
type Json<Read = Record<string, unknown>> = ColumnType<Read, string, string>;
type OptionalJson = ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>;
type DefaultJson<Read> = ColumnType<Read, string | undefined, string>;
/** bigint arrives as text. */
type BigCount = ColumnType<string, number | undefined, number>;

export interface Tables {
  projects: {
    id: string;
    tenant: string;
    workspace_id: string;
    identity: string;
    canonical_name: string;
    workspace_root: string;
    vcs_remote_url: string | null;
    tags: Generated<string[]>;
    created_at: DefaultTime;
  };
  sessions: {
    id: string;
    tenant: string;
    external_session_key: string;
    user_id: string;
    workspace_id: string;
    project_id: string | null;
    start_time: Time;
    end_time: OptionalTime;
    status: Generated<'active' | 'completed' | 'abandoned' | 'failed'>;
    event_count: BigCount;
    agent_activity_score: Generated<number>;
    human_activity_score: Generated<number>;
    error_density: Generated<number>;
    milestone_breakdown: DefaultJson<Record<string, number>>;
    tags: Generated<string[]>;
    config_snapshot: OptionalJson;
    requires_processing: Generated<boolean>;
    last_processed_at: OptionalTime;
    created_at: DefaultTime;
    updated_at: DefaultTime;
  };
  events: {
    id: string;
    tenant: string;
    session_id: string;
    event_hash: Buffer;
    event_type: string;
    source_type: string;
    client_timestamp: Time;
    server_timestamp: Time;
    source_name: string | null;
    file_path: string | null;
    project_root: string | null;
    language: string | null;
    payload: OptionalJson;
    raw_message: string | null;
    attribution_source: string | null;
    attribution_confidence: number | null;
    agent_metadata: OptionalJson;
    metadata_: OptionalJson;
    created_at: DefaultTime;
  };
  snapshots: {
    id: string;
    tenant: string;
    session_id: string;
    snapshot_type: string;
    payload: Json;
    sha256: Buffer;
    created_at: DefaultTime;
  };
  error_clusters: {
    id: string;
    tenant: string;
    session_id: string;
    project_id: string | null;
    normalized_error: string;
    error_type: string;
    representative_event_id: string;
    occurrence_count: number;
    first_seen_at: Time;
    last_seen_at: Time;
    metadata: Json;
  };
  event_correlations: {
    id: string;
    tenant: string;
    session_id: string;
    project_id: string | null;
    cause_event_id: string;
    effect_event_id: string;
    correlation_type: string;
    confidence: number;
    time_delta_ms: ColumnType<string, number, number>;
    file_match: boolean;
    metadata: Json;
    created_at: DefaultTime;
  };
  agent_performance_snapshots: {
    id: string;
    tenant: string;
    session_id: string;
    session_start_time: Time;
    agent_id: string;
    total_actions: number;
    successful_actions: number;
    induced_error_count: number;
    override_count: number;
    success_rate: number;
    induced_error_rate: number;
    override_rate: number;
    regression_flags: string[];
    metrics_version: number;
    created_at: DefaultTime;
  };
  insights: {
    id: string;
    tenant: string;
    session_id: string;
    agent_id: string | null;
    severity: 'info' | 'low' | 'medium' | 'high' | 'critical';
    category: string;
    title: string;
    message: string;
    payload: Json;
    created_at: DefaultTime;
  };
  keys: {
    name: string;
    value: Buffer;
    created_at: DefaultTime;
  };
  upstreams: {
    name: string;
    entry: Json;
    revision: Generated<number>;
    created_at: DefaultTime;
    created_by: string;
    updated_at: DefaultTime;
    updated_by: string;
  };
  upstream_grants: {
    tenant: string;
    issuer: string;
    subject: string;
    upstream: string;
    authorization_server: string;
    resource: string;
    scopes: string[];
    sealed: Buffer;
    version: Generated<number>;
    lease_owner: string | null;
    lease_until: OptionalTime;
    expires_at: OptionalTime;
    connected_at: DefaultTime;
    refreshed_at: OptionalTime;
  };
  upstream_connect_uses: {
    id: string;
    until: Time;
  };
  upstream_definitions: {
    upstream: string;
    tool: string;
    state: 'approved' | 'pending' | 'rejected';
    approved: OptionalJson;
    approved_sha256: string | null;
    pending: OptionalJson;
    pending_sha256: string | null;
    classes: Generated<string[]>;
    harmless: Generated<boolean>;
    offered: boolean;
    first_seen: DefaultTime;
    changed_at: OptionalTime;
    decided_at: OptionalTime;
    decided_by: string | null;
    decisions: Generated<number>;
    revision: Generated<number>;
  };
  virtual_servers: {
    name: string;
    entry: Json;
    revision: Generated<number>;
    created_at: DefaultTime;
    created_by: string;
    updated_at: DefaultTime;
    updated_by: string;
  };
  dynamic_tools: {
    id: string;
    tenant: string;
    name: string;
    revision: Generated<number>;
    live: number | null;
    latest: Generated<number>;
    enabled: Generated<boolean>;
    published: Generated<boolean>;
    granted: string | null;
    granted_by: string | null;
    created_at: DefaultTime;
    created_by: string;
    updated_at: DefaultTime;
    updated_by: string;
    deleted_at: OptionalTime;
  };
  dynamic_tool_versions: {
    tool: string;
    version: number;
    definition: Json;
    code: string;
    code_sha256: string;
    restored: number | null;
    created_at: DefaultTime;
    created_by: string;
    approved_at: OptionalTime;
    approved_by: string | null;
  };
  dynamic_tool_values: {
    tool: string;
    tenant: string;
    key: string;
    value: Json<unknown>;
    bytes: GeneratedAlways<number>;
    updated_at: DefaultTime;
  };
  sandbox_owners: {
    id: string;
    seen_at: DefaultTime;
  };
}
