/** What a node of a lineage is, in words: for its card, its details, and whoever listens. */
import type { IconName } from '../Icon';
import type { LineageNode } from '../origins';
import { stateName } from '../StateMark';
import { basename, clock, dayKey, dayName, size } from '../telling';
import type { Words } from '../words';
import type { Graph, Neighbour } from './graph';

const ICONS: Record<string, IconName> = {
  execution: 'cell',
  file: 'file',
  metric: 'metric',
  remote: 'remote',
  table: 'table'
};

export function iconOf(kind: string): IconName {
  return ICONS[kind] ?? 'file';
}

export function kindName(kind: string, words: Words): string {
  switch (kind) {
    case 'execution':
      return words.__('Execution');
    case 'file':
      return words.__('File');
    case 'table':
      return words.__('Table');
    case 'remote':
      return words.__('Remote data');
    case 'metric':
      return words.__('Metric');
    default:
      return kind;
  }
}

/** The second line of a card: what tells two things of one name apart. */
export function told(node: LineageNode, now: Date, words: Words): string {
  const { kind, notebook, started, status, bytes, sha256, path } = node;
  const facts =
    kind === 'execution'
      ? [
          notebook === null ? '' : basename(notebook),
          started === null ? '' : shortMoment(started, now, words),
          status === null || status === 'ok' ? '' : stateName(status, words)
        ]
      : kind === 'file'
        ? [
            bytes === null ? '' : size(bytes),
            sha256 === null ? words.__('content not known') : sha256.slice(0, 8)
          ]
        : kind === 'table'
          ? [databaseOf(node)]
          : kind === 'remote'
            ? [hostOf(path ?? node.label), bytes === null ? '' : size(bytes)]
            : [node.address ?? ''];
  return facts.filter(fact => fact !== '').join(' · ');
}

/** Everything about a node that its card shows, and how it is connected, as one sentence. */
export function spoken(
  node: LineageNode,
  graph: Graph,
  now: Date,
  words: Words
): string {
  const before = graph.before.get(node.id)?.length ?? 0;
  const after = graph.after.get(node.id)?.length ?? 0;
  return [
    `${kindName(node.kind, words)} ${node.label}`,
    told(node, now, words),
    before === 0 ? '' : words.__('%1 before it', before),
    after === 0 ? '' : words.__('%1 after it', after),
    node.more_before || node.more_after
      ? words.__('more is known; plus shows it')
      : ''
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** What stands between two nodes, seen from the one in front of the reader. */
export function relation(
  { role }: Neighbour,
  side: 'before' | 'after',
  kind: string,
  words: Words
): string {
  if (role === 'depends') {
    return side === 'before'
      ? words.__('uses names of')
      : words.__('its names are used by');
  }
  if (role === 'measured') {
    return side === 'before' ? words.__('measured by') : words.__('measured');
  }
  if (role === 'written') {
    return side === 'before' ? words.__('made by') : words.__('made');
  }
  if (role === 'moved') {
    return side === 'before' ? words.__('renamed') : words.__('renamed by');
  }
  if (role === 'appended') {
    return side === 'before' ? words.__('grew from') : words.__('grew into');
  }
  if (role === 'read') {
    return side === 'before' ? words.__('read') : words.__('read by');
  }
  return kind;
}

/** The time today, the day before that: a card has no room for both. */
function shortMoment(started: string, now: Date, words: Words): string {
  const date = new Date(started);
  const days = (now.getTime() - date.getTime()) / 86_400_000;
  return dayKey(started) === dayKey(now.toISOString())
    ? clock(started)
    : days < 2 || Number.isNaN(days)
      ? dayName(started, now, words)
      : date.toLocaleDateString([], {
          day: 'numeric',
          month: 'short',
          year: days < 300 ? undefined : 'numeric'
        });
}

function databaseOf({ id, path }: LineageNode): string {
  const named =
    path ?? id.replace(/^table:/, '').slice(0, id.lastIndexOf('#') - 6);
  return basename(named.split('#')[0] ?? named);
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return '';
  }
}
