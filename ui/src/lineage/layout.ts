/** Where each node stands: in layers from left (before) to right (after), and what the arrow keys lead to. */
import { Graph as Layered, layout } from '@dagrejs/dagre';

import type { Graph } from './graph';

export const NODE = { width: 224, height: 52 } as const;

/** Above so many nodes a quicker, rougher way to make layers is good enough. */
const MANY = 400;

export interface Place {
  x: number;
  y: number;
}

/** The upper left corner of every node. */
export function places(graph: Graph): Map<string, Place> {
  const layered = new Layered({ multigraph: true });
  layered.setGraph({
    rankdir: 'LR',
    nodesep: 18,
    edgesep: 8,
    ranksep: 52,
    ranker: graph.nodes.size > MANY ? 'longest-path' : 'tight-tree'
  });
  layered.setDefaultEdgeLabel(() => ({}));
  for (const id of graph.nodes.keys()) {
    layered.setNode(id, { ...NODE });
  }
  for (const { source, target, role } of graph.edges) {
    if (source !== target) {
      layered.setEdge(source, target, {}, role);
    }
  }
  layout(layered);
  return new Map(
    layered.nodes().map(id => {
      const { x, y } = layered.node(id) as Place;
      return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }];
    })
  );
}

/** The node that an arrow key leads to from `id`: along the edges to the sides, within a layer up and down. */
export function neighbour(
  key: string,
  id: string,
  graph: Graph,
  at: Map<string, Place>
): string | null {
  const here = at.get(id);
  if (here === undefined) {
    return null;
  }
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const side = key === 'ArrowLeft' ? graph.before : graph.after;
    return nearest(
      here,
      (side.get(id) ?? []).map(next => next.id),
      at
    );
  }
  const up = key === 'ArrowUp';
  const inLayer = [...at].filter(
    ([other, place]) =>
      other !== id &&
      Math.abs(place.x - here.x) < NODE.width / 2 &&
      (up ? place.y < here.y : place.y > here.y)
  );
  return nearest(
    here,
    inLayer.map(([other]) => other),
    at
  );
}

function nearest(
  here: Place,
  ids: readonly string[],
  at: Map<string, Place>
): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const id of ids) {
    const place = at.get(id);
    const far =
      place === undefined
        ? Infinity
        : Math.abs(place.y - here.y) + Math.abs(place.x - here.x) / 4;
    if (far < least) {
      best = id;
      least = far;
    }
  }
  return best;
}
