import { expect, test } from 'vitest';

import { distances, graphOf, merged } from '../../ui/src/lineage/graph';
import { NODE, neighbour, places } from '../../ui/src/lineage/layout';
import { lineage } from './made';

const CHAIN = 'file:raw.csv > execution:k/1 > file:clean.csv > execution:k/2';

test('answers grow together; more is offered only where neither holds it all', () => {
  const first = lineage([CHAIN], {
    'file:raw.csv': { more_before: true, more_after: true },
    'execution:k/1': { more_before: true }
  });
  const second = lineage(['execution:j/9 > file:raw.csv'], {
    'file:raw.csv': { more_before: false, more_after: true },
    'execution:j/9': { more_before: true }
  });
  const all = merged(first, second);

  expect(all.root).toBe('execution:k/2');
  expect(all.nodes).toHaveLength(5);
  expect(all.edges).toHaveLength(4);
  expect(all.nodes.find(({ id }) => id === 'file:raw.csv')).toMatchObject({
    more_before: false,
    more_after: true
  });
  expect(merged(all, second)).toEqual(all);
});

test('an edge to a node that is not there is left out', () => {
  const answer = lineage([CHAIN]);
  answer.edges.push({ source: 'file:gone', target: 'file:raw.csv', role: 'x' });

  expect(graphOf(answer).edges).toHaveLength(3);
});

test('an edge that is told twice is one edge', () => {
  const answer = lineage([CHAIN]);
  const graph = graphOf({
    ...answer,
    edges: [...answer.edges, ...answer.edges.map(edge => ({ ...edge }))]
  });

  expect(graph.edges).toHaveLength(3);
  expect(graph.after.get('execution:k/1')).toHaveLength(1);
});

test('what came before counts down from the root, what came of it counts up', () => {
  const answer = lineage([
    CHAIN,
    'execution:k/2 > file:model.pkl',
    'file:prices.csv > execution:k/1 > file:side.csv'
  ]);
  const found = distances(graphOf(answer));

  expect(Object.fromEntries(found)).toEqual({
    'execution:k/2': 0,
    'file:clean.csv': -1,
    'execution:k/1': -2,
    'file:raw.csv': -3,
    'file:prices.csv': -3,
    'file:model.pkl': 1,
    'file:side.csv': -1
  });
});

test('what came before stands to the left, and nothing covers anything', () => {
  const answer = lineage([
    CHAIN,
    ...Array.from(
      { length: 40 },
      (_, n) => `file:part-${n} > execution:p/${n} > file:raw.csv`
    )
  ]);
  const graph = graphOf(answer);
  const at = places(graph);

  expect(at.size).toBe(graph.nodes.size);
  for (const { source, target } of graph.edges) {
    expect(at.get(source)?.x).toBeLessThan(at.get(target)?.x ?? 0);
  }
  const all = [...at.values()];
  const covered = all.filter((a, i) =>
    all.some(
      (b, j) =>
        i < j &&
        Math.abs(a.x - b.x) < NODE.width &&
        Math.abs(a.y - b.y) < NODE.height
    )
  );
  expect(covered).toEqual([]);
});

test('a content that is read and written by one execution does not stop the layout', () => {
  const answer = lineage([
    'file:a > execution:k/1 > file:a',
    'file:a > file:a'
  ]);

  expect(places(graphOf(answer)).size).toBe(2);
});

test('arrow keys lead along the edges, and up and down within a step', () => {
  const graph = graphOf(
    lineage([
      CHAIN,
      'file:prices.csv > execution:k/1',
      'file:x > execution:k/1'
    ])
  );
  const at = places(graph);
  const go = (key: string, id: string): string | null =>
    neighbour(key, id, graph, at);

  expect(go('ArrowLeft', 'execution:k/2')).toBe('file:clean.csv');
  expect(go('ArrowRight', 'execution:k/1')).toBe('file:clean.csv');
  expect(go('ArrowRight', 'execution:k/2')).toBeNull();
  const column = ['file:raw.csv', 'file:prices.csv', 'file:x'].sort(
    (a, b) => (at.get(a)?.y ?? 0) - (at.get(b)?.y ?? 0)
  );
  expect(go('ArrowDown', column[0] ?? '')).toBe(column[1]);
  expect(go('ArrowUp', column[2] ?? '')).toBe(column[1]);
  expect(go('ArrowUp', column[0] ?? '')).toBeNull();
});
