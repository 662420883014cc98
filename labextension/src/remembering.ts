/** What a person chose to see of the results is there again the next day: columns, order, pins. Filters and choices are of the moment. */
import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';

import type { ResultsView } from '../../ui/src/results/view';
import { FIRST_VIEW } from '../../ui/src/results/view';
import type { ResultsModel } from './models/results';

const KEY = 'labjournal:results';
const MOST = 500;

/** The part of the view that lasts. */
export type Lasting = Pick<
  ResultsView,
  'sorted' | 'columns' | 'widths' | 'best' | 'pinned'
>;

export async function remember(
  state: IStateDB,
  results: ResultsModel,
  wait_ms = 500
): Promise<void> {
  const known = lastingOf(await state.fetch(KEY).catch(() => undefined));
  if (results.viewIn('panel') === FIRST_VIEW) {
    results.setView({ ...FIRST_VIEW, ...known }, 'panel');
  }
  let saved = JSON.stringify(partOf(results.viewIn('panel')));
  const debouncer = new Debouncer(async () => {
    const part = partOf(results.viewIn('panel'));
    const now = JSON.stringify(part);
    if (now !== saved) {
      saved = now;
      await state.save(KEY, part as unknown as ReadonlyPartialJSONObject);
    }
  }, wait_ms);
  results.changed.connect(() => {
    debouncer.invoke().catch(() => undefined);
  });
}

function partOf({
  sorted,
  columns,
  widths,
  best,
  pinned
}: ResultsView): Lasting {
  return { sorted, columns, widths, best, pinned: pinned.slice(0, MOST) };
}

/** What was kept, as far as it has the shape: another version may have written it. */
export function lastingOf(value: unknown): Lasting {
  const kept = isObject(value) ? value : {};
  const { sorted, pinned } = kept;
  return {
    sorted:
      isObject(sorted) &&
      typeof sorted['id'] === 'string' &&
      typeof sorted['descending'] === 'boolean'
        ? { id: sorted['id'], descending: sorted['descending'] }
        : null,
    columns: entries(kept['columns'], isBoolean),
    widths: entries(kept['widths'], isWidth),
    best: entries(kept['best'], isBest),
    pinned: Array.isArray(pinned)
      ? pinned.filter(one => typeof one === 'string').slice(0, MOST)
      : []
  };
}

function entries<T>(
  value: unknown,
  is: (one: unknown) => one is T
): Record<string, T> {
  const found: [string, T][] = [];
  for (const [name, one] of Object.entries(isObject(value) ? value : {})) {
    if (is(one)) {
      found.push([name, one]);
    }
  }
  return Object.fromEntries(found.slice(0, MOST));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isWidth(value: unknown): value is number {
  return typeof value === 'number' && value >= 20 && value <= 2000;
}

function isBest(value: unknown): value is 'lowest' | 'highest' {
  return value === 'lowest' || value === 'highest';
}
