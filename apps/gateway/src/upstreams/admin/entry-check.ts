import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type AllowedHosts, parseAllowedHosts } from '#config/allowed-hosts.js';
import type { Variables } from '#config/backend-variables.js';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { addressOf, isUpstreamVariable } from '#config/upstream-variables.js';
import { resolveUpstream, type UpstreamSpec } from '#config/upstreams-file.js';
import { ValidationFailed } from '#core/core.errors.js';
import { AddressRefused } from '#egress/egress.errors.js';
import { publicUrl } from '#egress/public-url.js';
import type { FieldFault } from '#errors/app-error.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { namedVariables } from './entry-secrets.js';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const LONGEST = 65_536;
/** Headers that carry secrets, which stand in no table. */
const SECRET_HEADERS = /^(?:authorization|proxy-authorization|cookie|x-api-key|.*(?:token|secret|password).*)$/i;
const NO_PROCESS =
  'must be http, sse or openapi: a process that is started over the API would be code run on this machine. ' +
  'Put it into the file of upstreams.';

type RemoteSpec = Exclude<UpstreamSpec, { kind: 'stdio' }>;

/**
 * What an administrator may write over the API, who is trusted with less than the operator's file: no processes, no
 * files of this machine, no addresses inside, and no secret of somebody else's upstream.
 */
@Injectable()
export class EntryCheck {
  private readonly variable: Variables;
  private readonly allowed: AllowedHosts;

  constructor(@Inject(ConfigService) config: ConfigService<Config, true>) {
    this.variable = (name) => (isUpstreamVariable(name) ? config.get(name as keyof Config) : undefined);
    this.allowed = parseAllowedHosts(splitList(config.get('UPSTREAM_ALLOWED_HOSTS', { infer: true }))).hosts;
  }

  /**
   * @param others upstreams of the file, whose secrets are theirs
   * @throws ValidationFailed naming every fault
   */
  check(name: string, entry: JsonObject, others: Iterable<UpstreamSpec>): RemoteSpec {
    if (!NAME.test(name)) {
      throw failed('name', 'must be lower-case letters, digits and dashes, at most 32, beginning with a letter');
    }
    if (JSON.stringify(entry).length > LONGEST) throw failed('entry', `must not be longer than ${LONGEST} bytes`);
    if (entry['kind'] === 'stdio') throw failed('kind', NO_PROCESS);
    const { spec, faults } = resolveUpstream(name, entry, 'admin', this.variable);
    if (!spec) throw new ValidationFailed(faults.map(faultOf));
    if (spec.kind === 'stdio') throw failed('kind', NO_PROCESS);
    const found = [
      ...this.addressFaults(spec),
      ...Object.keys(spec.headers ?? {}).flatMap((header) =>
        SECRET_HEADERS.test(header) ? [fault(`headers.${header}`, 'belongs into auth')] : [],
      ),
      ...this.secretFaults(spec, others),
    ];
    if (found.length > 0) throw new ValidationFailed(found);
    return spec;
  }

  private addressFaults(spec: RemoteSpec): FieldFault[] {
    const auth: { issuer?: string; token_url?: string } = spec.auth ?? {};
    const addresses: [string, string | undefined][] = [
      [spec.url_env === undefined ? 'url' : 'url_env', addressOf(spec, this.variable)],
      ['auth.issuer', auth.issuer],
      ['auth.token_url', auth.token_url],
      ...(spec.kind === 'openapi' ? [['document', spec.document] as [string, string]] : []),
    ];
    return addresses.flatMap(([field, address]) => {
      if (address === undefined) return [];
      try {
        publicUrl(address, undefined, this.allowed);
        return [];
      } catch (error) {
        if (!(error instanceof AddressRefused)) throw error;
        const what = `may not be called: ${error.reason}`;
        return [{ field, code: 'address_refused', message: what }];
      }
    });
  }

  private secretFaults(spec: RemoteSpec, others: Iterable<UpstreamSpec>): FieldFault[] {
    const owners = new Map<string, string>();
    for (const other of others) for (const [, variable] of namedVariables(other)) owners.set(variable, other.name);
    const address = addressOf(spec, this.variable) ?? (spec.kind === 'openapi' ? spec.document : '');
    const host = URL.canParse(address) ? new URL(address).hostname : '';
    return namedVariables(spec).flatMap(([field, variable]) => {
      const owner = owners.get(variable);
      if (owner !== undefined)
        return [fault(field, `names ${variable}, which is for the upstream ${owner} of the file`)];
      const isForeign = variable.startsWith('BRIGHTDATA_') && !/(?:^|\.)brightdata\.com$/.test(host);
      return isForeign ? [fault(field, `names ${variable}, which is for brightdata.com`)] : [];
    });
  }
}

const fault = (field: string, message: string): FieldFault => ({ field, code: 'invalid', message });
const failed = (field: string, message: string) => new ValidationFailed([fault(field, message)]);

/** A fault of the file begins with the member that it is in. */
function faultOf(text: string): FieldFault {
  const space = text.indexOf(' ');
  return fault(text.slice(0, space), text.slice(space + 1));
}
