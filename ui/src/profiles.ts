/** What is known of the columns of a data frame, read from recorded JSON that may be of any shape. */
import type { JsonValue, Num } from './answers';

export interface ColumnProfile {
  name: string;
  type: string;
  /** The part that is missing, 0 … 1. */
  nulls: number | null;
  distinct: number | null;
  /** At 0, 1, 25, 50, 75, 99 and 100 %, as it is shown. */
  quantiles: (Num | string)[];
  /** The most frequent values with how often they were seen. */
  top: { value: string; times: number }[];
}

export function columnsOf(profile: Record<string, JsonValue>): ColumnProfile[] {
  const { columns } = profile;
  return Array.isArray(columns) ? columns.flatMap(columnOf) : [];
}

/** Where each quantile lies between the outermost that are shown, 0 … 1; null where that cannot be told. */
export function strip(quantiles: readonly (Num | string)[]): Strip | null {
  const at = quantiles.map(place);
  const [, low, left, middle, right, high] = at;
  if (
    quantiles.length !== 7 ||
    !at.every(Number.isFinite) ||
    low === undefined ||
    left === undefined ||
    middle === undefined ||
    right === undefined ||
    high === undefined ||
    high <= low
  ) {
    return null;
  }
  // A single outlier would squeeze everything else into one pixel: the outermost hundredths stay outside.
  const share = (value: number): number =>
    Math.max(0, Math.min(1, (value - low) / (high - low)));
  return { left: share(left), middle: share(middle), right: share(right) };
}

export interface Strip {
  left: number;
  middle: number;
  right: number;
}

function place(value: Num | string): number {
  return typeof value === 'number' ? value : Date.parse(value);
}

function columnOf(column: JsonValue): ColumnProfile[] {
  if (!isObject(column) || typeof column['name'] !== 'string') {
    return [];
  }
  const { name, type, nulls, distinct, quantiles, top } = column;
  return [
    {
      name,
      type: typeof type === 'string' ? type : '',
      nulls: typeof nulls === 'number' ? nulls : null,
      distinct: typeof distinct === 'number' ? distinct : null,
      quantiles: Array.isArray(quantiles)
        ? quantiles.filter(
            value => typeof value === 'number' || typeof value === 'string'
          )
        : [],
      top: Array.isArray(top) ? top.flatMap(valueOf) : []
    }
  ];
}

function valueOf(pair: JsonValue): ColumnProfile['top'] {
  if (!Array.isArray(pair) || typeof pair[1] !== 'number') {
    return [];
  }
  const [value] = pair;
  return [
    {
      value: typeof value === 'string' ? value : JSON.stringify(value ?? null),
      times: pair[1]
    }
  ];
}

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
