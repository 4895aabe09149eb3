import type { UpstreamSpec } from '#config/upstreams-file.js';
import { mountedName } from './upstream-names.js';
import { mountedUri, originOfUri } from './upstream-uris.js';

/** How an upstream's names and addresses look from one kind of mount. */
export interface UpstreamView {
  name(spec: UpstreamSpec, name: string): string;
  uri(spec: UpstreamSpec, uri: string): string;
  /** The upstream's own address; undefined for one that is not this upstream's. */
  ownUri(spec: UpstreamSpec, uri: string): string | undefined;
  /** True where nothing is changed. */
  readonly verbatim: boolean;
}

/** Where everything is together: each name and address says where it comes from. */
export const TOGETHER: UpstreamView = {
  verbatim: false,
  name: mountedName,
  uri: ({ name }, uri) => mountedUri(name, uri),
  ownUri: ({ name }, uri) => {
    const origin = originOfUri(uri);
    return origin?.upstream === name ? origin.uri : undefined;
  },
};

/** Where there is only one: as it is. */
export const VERBATIM: UpstreamView = {
  verbatim: true,
  name: (_spec, name) => name,
  uri: (_spec, uri) => uri,
  ownUri: (_spec, uri) => uri,
};
