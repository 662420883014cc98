import type { IStateDB } from '@jupyterlab/statedb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { ResultsModel } from '../../labextension/src/models/results';
import { lastingOf, remember } from '../../labextension/src/remembering';
import { FIRST_VIEW } from '../../ui/src/results/view';
import { FakeServer } from './server';

let kept: unknown;
let saves: number;
const state = {
  fetch: () => Promise.resolve(kept),
  save: (_: string, value: unknown) => {
    kept = JSON.parse(JSON.stringify(value));
    saves += 1;
    return Promise.resolve();
  }
} as unknown as IStateDB;

beforeEach(() => {
  vi.useFakeTimers();
  kept = undefined;
  saves = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

function model(): ResultsModel {
  return new ResultsModel(new Client(new FakeServer().send));
}

test('columns, order and pins are there again, filters are not', async () => {
  const first = model();
  await remember(state, first);
  first.setView(
    {
      ...FIRST_VIEW,
      sorted: { id: 'metric:r2', descending: true },
      columns: { 'fact:notebook': true },
      pinned: ['k/2'],
      filters: { ...FIRST_VIEW.filters, text: 'ridge' }
    },
    'tab'
  );
  await vi.advanceTimersByTimeAsync(2000);
  first.setView({ ...first.viewIn('tab'), selected: ['k/1'] }, 'tab');
  await vi.advanceTimersByTimeAsync(2000);
  expect(saves).toBe(1);

  const second = model();
  await remember(state, second);

  expect(second.viewIn('panel')).toEqual({
    ...FIRST_VIEW,
    sorted: { id: 'metric:r2', descending: true },
    columns: { 'fact:notebook': true },
    pinned: ['k/2']
  });
});

test.each([
  undefined,
  null,
  7,
  [],
  { sorted: 'x', columns: [1], widths: { a: -3, b: 'x' }, pinned: [1, {}] },
  { sorted: { id: 1 }, best: { r2: 'most' }, columns: { a: 'yes' } }
])('what has another shape is passed over: %j', value => {
  expect(lastingOf(value)).toEqual({
    sorted: null,
    columns: {},
    widths: {},
    best: {},
    pinned: []
  });
});
