/** Values of a cell: how they are compared, and how they are said. */
import type { JsonValue, Num } from '../answers';
import { short } from '../telling';

/** What stands in a cell; undefined where the result has none. */
export type Value = JsonValue | undefined;

/** Longer texts are cut before they reach the page. */
const SHOWN = 200;
const TITLE = 2000;

/** What JSON cannot say as a number comes as a word. */
export function numeric(value: Value): number | null {
  if (typeof value === 'number') {
    return value;
  }
  switch (value) {
    case 'Infinity':
      return Infinity;
    case '-Infinity':
      return -Infinity;
    case 'NaN':
      return NaN;
    default:
      return null;
  }
}

/** What rows are sorted by: undefined for what is no value, which stands last whichever way is sorted. */
export function sortable(value: Value): Value {
  return value === null || value === '' || Number.isNaN(numeric(value))
    ? undefined
    : value;
}

const words = new Intl.Collator(undefined, {
  numeric: true,
  sensitivity: 'base'
});

/** Numbers by size and before everything else, the rest as a person would sort it. */
export function compare(a: Value, b: Value): number {
  const [one, other] = [numeric(a), numeric(b)];
  if (one !== null && other !== null) {
    return one < other ? -1 : one > other ? 1 : 0;
  }
  if (one !== null || other !== null) {
    return one === null ? 1 : -1;
  }
  return words.compare(plain(a), plain(b));
}

/** The value in few characters. */
export function said(value: Value): string {
  if (value === undefined || value === null) {
    return value === null ? 'None' : '';
  }
  if (typeof value === 'number') {
    // Leading zeros would push what counts out of the cell.
    return value !== 0 && Math.abs(value) < 0.001
      ? Number(value.toPrecision(3)).toExponential()
      : short(value);
  }
  return cut(plain(value), SHOWN);
}

/** The whole value, as far as a tooltip can show it. */
export function whole(value: Value): string {
  return value === undefined ? '' : cut(plain(value), TITLE);
}

export function cut(text: string, most = SHOWN): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function plain(value: Value): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'boolean'
      ? value
        ? 'True'
        : 'False'
      : (JSON.stringify(value) ?? '');
}

/** b − a, where both are numbers. */
export function delta(a: Num | undefined, b: Num | undefined): number | null {
  return typeof a === 'number' && typeof b === 'number' ? b - a : null;
}
