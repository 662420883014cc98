/** The lineage as a list, for whoever reads or listens rather than looks: what came before, step by step, and what came of it. */
import { useMemo } from 'react';

import { Button } from '../Button';
import { Icon } from '../Icon';
import type { LineageNode } from '../origins';
import type { Words } from '../words';
import { useWords } from '../words';
import { iconOf, kindName, relation, told } from './describing';
import type { Graph, Neighbour } from './graph';
import { distances } from './graph';
import type { Side } from './GraphNode';

interface LineageListProps {
  graph: Graph;
  chosen: string;
  busy: ReadonlySet<string>;
  onChoose: (id: string) => void;
  onOpen: (id: string) => void;
  onExpand: (id: string, side: Side) => void;
}

export function LineageList(props: LineageListProps): JSX.Element {
  const { graph } = props;
  const words = useWords();
  const steps = useMemo(() => stepsOf(graph), [graph]);
  return (
    <div className="lj-lineage-list">
      {steps.map(({ distance, nodes }) => (
        <section key={distance} aria-label={stepName(distance, words)}>
          <h3>{stepName(distance, words)}</h3>
          <ul>
            {nodes.map(node => (
              <Thing key={node.id} node={node} {...props} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Thing({
  node,
  graph,
  chosen,
  busy,
  onChoose,
  onOpen,
  onExpand
}: LineageListProps & { node: LineageNode }): JSX.Element {
  const words = useWords();
  const more: Side[] = [
    ...(node.more_before ? (['before'] as const) : []),
    ...(node.more_after ? (['after'] as const) : [])
  ];
  return (
    <li data-kind={node.kind} data-chosen={node.id === chosen || undefined}>
      <Icon name={iconOf(node.kind)} />
      <div>
        <button
          type="button"
          className="lj-link"
          aria-label={`${kindName(node.kind, words)} ${node.label}`}
          aria-pressed={node.id === chosen}
          title={node.path ?? node.label}
          onClick={() => onChoose(node.id)}
          onDoubleClick={() => onOpen(node.id)}
        >
          {node.label}
        </button>{' '}
        <span className="lj-faint">{told(node, new Date(), words)}</span>
        <Relations side="before" node={node} graph={graph} />
        <Relations side="after" node={node} graph={graph} />
      </div>
      {more.map(side => (
        <Button
          key={side}
          icon="plus"
          label={
            side === 'before'
              ? words.__('Show what came before %1', node.label)
              : words.__('Show what came of %1', node.label)
          }
          busy={busy.has(node.id)}
          onClick={() => onExpand(node.id, side)}
        >
          {side === 'before' ? words.__('Before') : words.__('After')}
        </Button>
      ))}
    </li>
  );
}

/** Names beyond these are counted. */
const NAMED = 4;

function Relations({
  side,
  node,
  graph
}: {
  side: Side;
  node: LineageNode;
  graph: Graph;
}): JSX.Element | null {
  const words = useWords();
  const groups = grouped(graph[side].get(node.id) ?? []);
  return groups.length === 0 ? null : (
    <p className="lj-faint">
      {groups.map(([role, ids]) => {
        const names = ids
          .slice(0, NAMED)
          .map(id => graph.nodes.get(id)?.label ?? id);
        const others = ids.length - names.length;
        return (
          <span key={role}>
            {relation({ id: node.id, role }, side, node.kind, words)}{' '}
            {names.join(', ')}
            {others > 0 && ` ${words.__('and %1 more', others)}`}{' '}
          </span>
        );
      })}
    </p>
  );
}

function grouped(neighbours: readonly Neighbour[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { id, role } of neighbours) {
    groups.set(role, [...(groups.get(role) ?? []), id]);
  }
  return [...groups];
}

function stepsOf(graph: Graph): { distance: number; nodes: LineageNode[] }[] {
  const steps = new Map<number, LineageNode[]>();
  for (const [id, distance] of distances(graph)) {
    const node = graph.nodes.get(id);
    if (node !== undefined) {
      steps.set(distance, [...(steps.get(distance) ?? []), node]);
    }
  }
  // What the question is about first, then back to the roots, then forward.
  const order = (distance: number): number =>
    distance <= 0 ? -distance : 1e9 + distance;
  return [...steps]
    .sort(([a], [b]) => order(a) - order(b))
    .map(([distance, nodes]) => ({ distance, nodes }));
}

function stepName(distance: number, words: Words): string {
  if (distance === 0) {
    return words.__('What it is about');
  }
  return distance < 0
    ? words._n('%1 step before', '%1 steps before', -distance)
    : words._n('%1 step after', '%1 steps after', distance);
}
