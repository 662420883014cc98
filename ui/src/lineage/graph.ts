/** A lineage as a graph: put together from several answers, and walked. Edges lead from what was earlier to what came of it. */
import type { LineageAnswer, LineageEdge, LineageNode } from '../origins';

export interface Neighbour {
  id: string;
  role: string;
}

/** A lineage with what its nodes are connected to. */
export interface Graph {
  root: string;
  nodes: Map<string, LineageNode>;
  edges: LineageEdge[];
  before: Map<string, Neighbour[]>;
  after: Map<string, Neighbour[]>;
}

export function graphOf(answer: LineageAnswer): Graph {
  const nodes = new Map(answer.nodes.map(node => [node.id, node]));
  const before = new Map<string, Neighbour[]>();
  const after = new Map<string, Neighbour[]>();
  // A recording may be damaged: an edge to nowhere is left out rather than drawn to nowhere, and one told twice is drawn once.
  const edges = [
    ...new Map(answer.edges.map(edge => [keyOf(edge), edge])).values()
  ].filter(({ source, target }) => nodes.has(source) && nodes.has(target));
  for (const { source, target, role } of edges) {
    push(before, target, { id: source, role });
    push(after, source, { id: target, role });
  }
  return { root: answer.root, nodes, edges, before, after };
}

/** Both answers in one, around the root of the first. */
export function merged(
  first: LineageAnswer,
  second: LineageAnswer
): LineageAnswer {
  const nodes = new Map(first.nodes.map(node => [node.id, node]));
  for (const node of second.nodes) {
    const known = nodes.get(node.id);
    // Everything before a node is here as soon as one of the answers holds it all.
    nodes.set(
      node.id,
      known === undefined
        ? node
        : {
            ...known,
            more_before: known.more_before && node.more_before,
            more_after: known.more_after && node.more_after
          }
    );
  }
  const edges = new Map(first.edges.map(edge => [keyOf(edge), edge]));
  second.edges.forEach(edge => edges.set(keyOf(edge), edge));
  return {
    root: first.root,
    nodes: [...nodes.values()],
    edges: [...edges.values()],
    truncated: first.truncated
  };
}

/** Without the offer to show more on one side of a node, where asking brought nothing new. */
export function exhausted(
  answer: LineageAnswer,
  id: string,
  direction: 'before' | 'after'
): LineageAnswer {
  const side = direction === 'before' ? 'more_before' : 'more_after';
  return {
    ...answer,
    nodes: answer.nodes.map(node =>
      node.id === id ? { ...node, [side]: false } : node
    )
  };
}

/** How many steps each node stands from the root: negative before it, positive after it, and 0 for what is beside. */
export function distances(graph: Graph): Map<string, number> {
  const found = new Map([[graph.root, 0]]);
  walk(graph.root, graph.before, -1, found);
  walk(graph.root, graph.after, 1, found);
  // What is reached only by going back and forth stands where its nearest neighbour stands, one step on.
  const waiting = [...found.keys()];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const at = found.get(id) ?? 0;
    for (const [side, step] of [
      [graph.before, -1],
      [graph.after, 1]
    ] as const) {
      for (const next of side.get(id) ?? []) {
        if (!found.has(next.id)) {
          found.set(next.id, at + step);
          waiting.push(next.id);
        }
      }
    }
  }
  return found;
}

function walk(
  start: string,
  side: Map<string, Neighbour[]>,
  step: number,
  found: Map<string, number>
): void {
  let edge = [start];
  for (let at = step; edge.length > 0; at += step) {
    const next: string[] = [];
    for (const id of edge) {
      for (const neighbour of side.get(id) ?? []) {
        if (!found.has(neighbour.id)) {
          found.set(neighbour.id, at);
          next.push(neighbour.id);
        }
      }
    }
    edge = next;
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) {
    lists.set(key, [value]);
  } else {
    list.push(value);
  }
}

export function keyOf({ source, target, role }: LineageEdge): string {
  return JSON.stringify([source, target, role]);
}
