/** What a person chose to see of the table; it outlives the table itself. */
import type { Best, ResultPart } from './answers';

/** Bounds of a metric, as far as somebody gave them. */
export interface Range {
  least: number | null;
  most: number | null;
}

export interface Filters {
  text: string;
  tag: string;
  starred: boolean;
  /** Replays only repeat what stands in the table already. */
  replays: boolean;
  ranges: Readonly<Record<string, Range>>;
}

export type ChartKind = 'time' | 'scatter' | 'parallel' | 'curves';

export interface ChartChoice {
  kind: ChartKind;
  metric: string | null;
  parameter: string | null;
  curve: string | null;
}

export type Pane = 'differences' | 'chart';

export interface ResultsView {
  /** The column by which rows are sorted, null: newest first. */
  sorted: { id: string; descending: boolean } | null;
  filters: Filters;
  /** Columns that somebody chose to show or to hide. */
  columns: Readonly<Record<string, boolean>>;
  widths: Readonly<Record<string, number>>;
  /** Where somebody knows better which value of a metric is the best. */
  best: Readonly<Record<string, Best>>;
  pinned: readonly string[];
  selected: readonly string[];
  pane: Pane | null;
  chart: ChartChoice;
}

const NO_FILTERS: Filters = {
  text: '',
  tag: '',
  starred: false,
  replays: true,
  ranges: {}
};

export const FIRST_VIEW: ResultsView = {
  sorted: null,
  filters: NO_FILTERS,
  columns: {},
  widths: {},
  best: {},
  pinned: [],
  selected: [],
  pane: null,
  chart: { kind: 'time', metric: null, parameter: null, curve: null }
};

/** The view without filters. */
export function unfiltered(view: ResultsView): ResultsView {
  return { ...view, filters: NO_FILTERS };
}

export function isFiltered({
  text,
  tag,
  starred,
  replays,
  ranges
}: Filters): boolean {
  return (
    text.trim() !== '' ||
    tag !== '' ||
    starred ||
    !replays ||
    Object.values(ranges).some(isBound)
  );
}

export function isBound({ least, most }: Range): boolean {
  return least !== null || most !== null;
}

/** The list with the thing, or without it where it is there. */
export function toggled<T>(list: readonly T[], thing: T): T[] {
  return list.includes(thing)
    ? list.filter(other => other !== thing)
    : [...list, thing];
}

/** Whether the row is one of those that are asked for. */
export function passes(row: ResultPart, filters: Filters): boolean {
  if (filters.starred && !row.star) {
    return false;
  }
  if (!filters.replays && row.replay_of !== null) {
    return false;
  }
  if (filters.tag !== '' && !row.tags.includes(filters.tag)) {
    return false;
  }
  for (const [name, range] of Object.entries(filters.ranges)) {
    if (isBound(range) && !within(row.metrics[name], range)) {
      return false;
    }
  }
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return true;
  }
  const text = textOf(row);
  return words.every(word => text.includes(word));
}

function within(value: unknown, { least, most }: Range): boolean {
  return (
    typeof value === 'number' &&
    (least === null || value >= least) &&
    (most === null || value <= most)
  );
}

const texts = new WeakMap<ResultPart, string>();

/** Everything in a row that somebody may look for, in lower case. */
function textOf(row: ResultPart): string {
  const known = texts.get(row);
  if (known !== undefined) {
    return known;
  }
  const values = Object.entries(row.parameters).map(
    ([name, value]) =>
      `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
  );
  const text = [
    row.address,
    row.name ?? '',
    row.notebook ?? '',
    row.first_lines,
    row.tags.join(' '),
    values.join(' '),
    Object.keys(row.metrics).join(' '),
    row.models.map(({ name, kind }) => `${name} ${kind}`).join(' '),
    row.figures.map(({ title, path }) => `${title} ${path}`).join(' '),
    row.inputs.map(({ path }) => path).join(' '),
    row.files.map(({ path }) => path).join(' ')
  ]
    .join('\n')
    .toLowerCase();
  texts.set(row, text);
  return text;
}
