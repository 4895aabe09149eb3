import { stem } from './stem.js';

/**
 * Words that people and models use for the same thing where they speak of tools. General on purpose: none of them is here
 * because of one tool. A word may stand in several lines.
 */
const GROUPS: readonly string[] = [
  'create make add new insert',
  'create generate produce',
  'create open file raise start',
  'delete remove erase destroy drop discard',
  'delete uninstall clean purge',
  'update edit modify change alter patch set adjust rename',
  'get fetch read retrieve show view load download obtain',
  'get lookup inspect describe info information detail',
  'list enumerate all available browse',
  'search find look query lookup locate discover seek',
  'send post publish write submit reply deliver',
  'run execute invoke perform evaluate',
  'start launch boot begin',
  'stop end close terminate kill halt quit',
  'copy clone duplicate fork',
  'move rename relocate transfer',
  'count number total many amount',
  'compare diff difference',
  'upload attach import push',
  'wait delay sleep pause',
  'undo revert rollback restore',
  'check verify validate test',
  'sum add calculate',
  'folder directory',
  'file document',
  'image picture photo screenshot icon',
  'page website site webpage web url',
  'crawl scrape extract',
  'issue ticket bug task',
  'pr pull merge',
  'repository repo project',
  'message chat dm',
  'channel room',
  'user person people member profile contact',
  'organization organisation company team',
  'error exception failure crash fault problem',
  'kubernetes k8s kubectl cluster',
  'log console output trace',
  'database db',
  'collection table',
  'schema structure shape field column property attribute',
  'record row document entry item',
  'entity node',
  'relation relationship edge link',
  'review rating feedback opinion',
  'price cost',
  'product item listing goods',
  'shop store marketplace',
  'job vacancy position hiring',
  'house home property estate',
  'hotel booking accommodation',
  'video clip movie',
  'post tweet',
  'click press tap',
  'type fill enter input',
  'tab window',
  'cursor mouse pointer',
  'popup dialog alert modal',
  'performance speed slow fast',
  'documentation docs doc manual guide reference',
  'library package module dependency',
  'comment remark note',
  'reaction emoji',
  'setting config configuration option preference',
  'environment env variable',
  'summary summarize overview',
  'memory remember recall knowledge memorize',
  'think reason reflect plan',
  'secret credential password token',
  'statistic stats usage metric',
  'storage size space disk',
  'resize scale',
  'network request http traffic',
  'explain plan',
  'deploy release rollout',
];

const OF = new Map<string, Set<string>>();

/** Stems of words that mean about what this stem's word means, itself left out. */
export function synonymsOf(term: string): ReadonlySet<string> {
  if (OF.size === 0) {
    for (const group of GROUPS) {
      const stems = group.split(' ').map(stem);
      for (const one of stems) {
        const others = OF.get(one) ?? new Set();
        for (const other of stems) if (other !== one) others.add(other);
        OF.set(one, others);
      }
    }
  }
  return OF.get(term) ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();
