import { expect, test } from 'vitest';

import type { Row } from '../../ui/src/rows';
import { Rows } from '../../ui/src/rows';
import { run } from './made';

const tuesday = run({
  run: 'tue',
  started: '2026-11-03T09:00:00',
  executions: 2
});
const evening = run({
  run: 'eve',
  started: '2026-11-03T18:00:00',
  executions: 1
});
const monday = run({
  run: 'mon',
  started: '2026-11-02T09:00:00',
  executions: 100_000
});

function told(rows: Rows, first = 0, last = rows.length - 1): string[] {
  const tell = (row: Row): string =>
    row.kind === 'execution' ? `${row.run.run}/${row.n}` : row.kind;
  return Array.from({ length: last - first + 1 }, (_, index) =>
    tell(rows.at(first + index))
  );
}

test('runs stand under their day, executions of open runs under their run, newest first', () => {
  const rows = new Rows(
    [evening, tuesday, monday],
    one => one.run !== 'mon',
    false
  );

  expect(told(rows)).toEqual([
    'day',
    'run',
    'eve/1',
    'run',
    'tue/2',
    'tue/1',
    'day',
    'run'
  ]);
});

test('where a row stands can be told from what it shows, and the other way round', () => {
  const rows = new Rows([evening, tuesday, monday], () => true, true);

  for (const index of [0, 1, 2, 5, 7, 8, 50_000, rows.length - 2]) {
    const row = rows.at(index);
    if (row.kind === 'execution') {
      expect(rows.indexOf(row.run.run, row.n)).toBe(index);
    } else if (row.kind === 'run') {
      expect(rows.indexOf(row.run.run)).toBe(index);
    }
  }
  expect(told(rows, rows.length - 2)).toEqual(['mon/1', 'older']);
});

test('executions of a closed run stand nowhere', () => {
  const rows = new Rows([monday], () => false, false);

  expect(rows.length).toBe(2);
  expect(rows.indexOf('mon', 5)).toBe(-1);
  expect(rows.indexOf('other')).toBe(-1);
});

test('days and the line for older runs are passed over when choosing', () => {
  const rows = new Rows([evening, monday], () => false, true);

  expect(rows.choosable(0, 1)).toBe(1);
  expect(rows.choosable(2, 1)).toBe(3);
  expect(rows.choosable(rows.length - 1, -1)).toBe(3);
  expect(rows.choosable(0, -1)).toBe(-1);
});

test('no runs make no rows', () => {
  expect(new Rows([], () => true, false).length).toBe(0);
});
