import { expect, test } from 'vitest';

import { against } from '../../ui/src/results/chart/against';
import { curves } from '../../ui/src/results/chart/curves';
import type { Colours } from '../../ui/src/results/chart/drawing';
import { clean } from '../../ui/src/results/chart/drawing';
import { overTime } from '../../ui/src/results/chart/overTime';
import { parallel } from '../../ui/src/results/chart/parallel';
import { bests, columnsOf, grown } from '../../ui/src/results/columns';
import { course } from '../../ui/src/results/Sparkline';
import { compare, said, sortable } from '../../ui/src/results/values';
import { FIRST_VIEW, passes } from '../../ui/src/results/view';
import { PLAIN } from '../../ui/src/words';
import sample from '../samples/answers/results.json';
import { curve, page, result, table } from './tried';

const COLOURS: Colours = {
  text: '#000',
  faint: '#666',
  line: '#bbb',
  grid: '#eee',
  back: '#fff',
  accent: '#00f',
  font: 'sans',
  series: ['#111', '#222']
};

const tries = (...alphas: (number | string)[]) =>
  alphas.map((alpha, index) =>
    result(`k/${index + 1}`, {
      parameters: { alpha },
      metrics: { loss: 1 / (index + 1) },
      series: [curve('history', [1, 0.5, 'NaN', 0.25])]
    })
  );
const columns = (rows: ReturnType<typeof tries>) =>
  columnsOf(table(rows), FIRST_VIEW, PLAIN);
const named = (rows: ReturnType<typeof tries>, name: string) => {
  const column = columns(rows).find(candidate => candidate.name === name);
  if (column === undefined) {
    throw new Error(`no column ${name}`);
  }
  return column;
};

test('results made by hand have the shape of those that the command line tells', () => {
  const keys = (part: object): string[] => Object.keys(part).sort();
  const { server_path, ...told } = result('k/1', { metrics: { loss: 1 } });
  const [first] = sample.results;

  expect(server_path).toBe('tries.ipynb');
  expect(keys(told)).toEqual(keys(first ?? {}));
  expect(keys(told.measures[0] ?? {})).toEqual(keys(first?.measures[0] ?? {}));
  expect(keys(page([]))).toEqual(keys(sample));
  expect(
    keys(page([result('k/1', { metrics: { a: 1 } })]).metric_columns[0] ?? {})
  ).toEqual(keys(sample.metric_columns[0] ?? {}));
});

test('numbers are sorted by size, before words; infinities at the ends; what is no value is none', () => {
  const sorted = [
    10,
    'b',
    9,
    'Infinity' as const,
    'a10',
    'a9',
    -1,
    '-Infinity' as const
  ].sort(compare);

  expect(sorted).toEqual([
    '-Infinity',
    -1,
    9,
    10,
    'Infinity',
    'a9',
    'a10',
    'b'
  ]);
  expect([null, '', 'NaN', 0, false].map(sortable)).toEqual([
    undefined,
    undefined,
    undefined,
    0,
    false
  ]);
});

test('small numbers are said in few characters', () => {
  expect([0.000030372, -0.0004, 0, 0.25, 'NaN' as const].map(said)).toEqual([
    '3.04e-5',
    '-4e-4',
    '0',
    '0.25',
    'NaN'
  ]);
});

test('pages become one table: each result once, columns of all', () => {
  const first = page([
    result('k/2', { parameters: { a: 1 }, metrics: { loss: 1 } })
  ]);
  const second = page([
    result('k/2', { parameters: { a: 1 }, metrics: { loss: 1 } }),
    result('k/1', { parameters: { a: 2 }, metrics: { accuracy: 1 } })
  ]);
  const one = grown({ rows: [], metrics: [], parameters: [] }, first);
  const both = grown(one, {
    ...second,
    parameter_columns: [{ name: 'a', results: 1, varies: false }]
  });

  expect(both.rows.map(row => row.address)).toEqual(['k/2', 'k/1']);
  expect(both.metrics.map(column => column.name)).toEqual(['loss', 'accuracy']);
  expect(one.parameters[0]?.varies).toBe(false);
});

test('a parameter that is the same on each page but not on all varies', () => {
  const one = grown(
    { rows: [], metrics: [], parameters: [] },
    page([result('k/2', { parameters: { a: 1 } })])
  );
  const both = grown(one, page([result('k/1', { parameters: { a: 2 } })]));

  expect(both.parameters).toEqual([{ name: 'a', results: 2, varies: true }]);
});

test('the best is the one with the lowest loss, and of one alone there is none', () => {
  const rows = tries(1, 2, 3);

  expect([...bests(rows, columns(rows))]).toEqual([['metric:loss', 'k/3']]);
  expect([...bests(rows.slice(0, 1), columns(rows))]).toEqual([]);
});

test('bounds leave out what has no number', () => {
  const filters = {
    ...FIRST_VIEW.filters,
    ranges: { loss: { least: null, most: 0.5 } }
  };

  expect(passes(result('k/1', { metrics: { loss: 0.4 } }), filters)).toBe(true);
  expect(passes(result('k/1', { metrics: { loss: 'NaN' } }), filters)).toBe(
    false
  );
  expect(passes(result('k/1', { metrics: {} }), filters)).toBe(false);
});

test('a sparkline is broken where there is no number, and flat where all are the same', () => {
  expect(course({ values: [0, 'NaN', 1, 2], steps: [] })?.path).toBe(
    'M2.0 16.0M42.0 9.0L62.0 2.0'
  );
  expect(course({ values: [5, 5], steps: [] })?.path).toBe('M2.0 9.0L62.0 9.0');
  expect(course({ values: [-1.7e308, 1.7e308], steps: [] })?.path).toBe(
    'M2.0 16.0L62.0 2.0'
  );
  expect(course({ values: ['NaN', 3], steps: [] })).toBeNull();
});

test('over time the best so far is drawn where it is known which is the best', () => {
  const rows = tries(1, 2, 3);
  const drawn = overTime(
    rows,
    named(rows, 'loss'),
    new Set(['k/2']),
    COLOURS,
    PLAIN
  );

  expect(drawn?.about).toBe('loss over time: 3 results, from 0.3333 to 1');
  expect(drawn?.option['series']).toHaveLength(2);
  expect(drawn?.rows.map(row => row.address)).toEqual(['k/1', 'k/2', 'k/3']);
});

test('a parameter over decades is drawn on a logarithmic axis, words on one of categories', () => {
  const decades = tries(0.001, 0.1, 1);
  const words = tries('svd', 'saga', 'svd');
  const axis = (rows: ReturnType<typeof tries>) =>
    against(
      rows,
      named(rows, 'alpha'),
      named(rows, 'loss'),
      new Set(),
      COLOURS,
      PLAIN
    )?.option['xAxis'];

  expect(axis(decades)).toMatchObject({ type: 'log' });
  expect(axis(words)).toMatchObject({
    type: 'category',
    data: ['saga', 'svd']
  });
});

test('parallel coordinates leave out what does not differ, and say nothing of nothing', () => {
  const rows = tries(1, 2);
  const same = tries(1, 1);

  expect(
    parallel(
      rows,
      columns(rows),
      named(rows, 'loss'),
      new Set(),
      COLOURS,
      PLAIN
    )?.about
  ).toBe('Parallel coordinates of 2 results over alpha, loss');
  expect(
    parallel(
      same,
      columns(same),
      named(same, 'loss'),
      new Set(),
      COLOURS,
      PLAIN
    )
  ).toBeNull();
  expect(
    curves(rows, 'history', new Set(), COLOURS, PLAIN)?.option['series']
  ).toHaveLength(2);
  expect(curves(rows, 'other', new Set(), COLOURS, PLAIN)).toBeNull();
});

test('names in a chart are freed of what the chart library takes for markup', () => {
  expect(clean('{a|b} {c}\n<b>', 40)).toBe(' a b c <b>');
});
