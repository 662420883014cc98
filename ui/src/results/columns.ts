/** The columns of the table: which there are, which of them are shown at first, and what stands in them. */
import { basename, duration, moment } from '../telling';
import type { Words } from '../words';
import type {
  Best,
  MetricColumn,
  ParameterColumn,
  ResultPart,
  ResultsAnswer,
  ResultsTable
} from './answers';
import type { Value } from './values';
import { said } from './values';
import type { ResultsView } from './view';

export type ColumnKind = 'metric' | 'curve' | 'parameter' | 'fact';

export interface ResultColumn {
  id: string;
  kind: ColumnKind;
  /** As the user's code calls it. */
  name: string;
  unit: string;
  best: Best | null;
  width: number;
  /** Whether it is shown where nobody chose. */
  first: boolean;
  /** What rows are sorted by and what is shown where nothing better is. */
  read: (row: ResultPart) => Value;
}

/** Columns of a kind beyond these are offered, not shown. */
const FIRST_METRICS = 8;
const FIRST_PARAMETERS = 8;
const FIRST_CURVES = 2;
/** Of more columns nobody finds any. */
const MOST = 1000;

/** The table as it is known with one more page. */
export function grown(
  known: Pick<ResultsTable, 'rows' | 'metrics' | 'parameters'>,
  page: ResultsAnswer
): Pick<ResultsTable, 'rows' | 'metrics' | 'parameters'> {
  const there = new Set(known.rows.map(row => row.address));
  const fresh = page.results.filter(row => !there.has(row.address));
  return {
    rows: [...known.rows, ...fresh],
    metrics: mergedMetrics(known.metrics, page.metric_columns),
    parameters: mergedParameters(known, page)
  };
}

function mergedMetrics(
  known: readonly MetricColumn[],
  more: readonly MetricColumn[]
): MetricColumn[] {
  const all = new Map(known.map(column => [column.name, column]));
  for (const column of more) {
    const before = all.get(column.name);
    all.set(column.name, {
      ...column,
      unit: before?.unit || column.unit,
      results: (before?.results ?? 0) + column.results
    });
  }
  return [...all.values()].sort((a, b) => b.results - a.results);
}

function mergedParameters(
  known: Pick<ResultsTable, 'rows' | 'parameters'>,
  page: ResultsAnswer
): ParameterColumn[] {
  const all = new Map(known.parameters.map(column => [column.name, column]));
  for (const column of page.parameter_columns) {
    const before = all.get(column.name);
    const differs = (): boolean =>
      before !== undefined &&
      sample(known.rows, column.name) !== sample(page.results, column.name);
    all.set(column.name, {
      name: column.name,
      results: (before?.results ?? 0) + column.results,
      varies: column.varies || before?.varies === true || differs()
    });
  }
  return [...all.values()].sort(
    (a, b) => Number(b.varies) - Number(a.varies) || b.results - a.results
  );
}

function sample(rows: readonly ResultPart[], name: string): string {
  const row = rows.find(candidate => Object.hasOwn(candidate.parameters, name));
  return JSON.stringify(row?.parameters[name]) ?? '';
}

/** Every column that the table can show, in the order in which they stand. */
export function columnsOf(
  table: Pick<ResultsTable, 'rows' | 'metrics' | 'parameters'>,
  view: Pick<ResultsView, 'best'>,
  words: Words
): ResultColumn[] {
  const drawn = new Set(curveNames(table.rows));
  return [
    ...table.metrics.slice(0, MOST).map((column, index) => ({
      ...metricColumn(column, view, index < FIRST_METRICS),
      ...(drawn.has(column.name) && { width: 172 })
    })),
    ...curves(table),
    ...table.parameters.slice(0, MOST).map((column, index) => ({
      ...parameterColumn(column),
      first:
        index < FIRST_PARAMETERS && (column.varies || table.rows.length < 3)
    })),
    ...facts(table.rows, words)
  ];
}

function metricColumn(
  { name, unit, best }: MetricColumn,
  view: Pick<ResultsView, 'best'>,
  first: boolean
): ResultColumn {
  return {
    id: `metric:${name}`,
    kind: 'metric',
    name,
    unit,
    best: view.best[name] ?? best,
    width: Math.min(200, Math.max(118, 46 + name.length * 7)),
    first,
    read: row => own(row.metrics, name)
  };
}

function parameterColumn({ name }: ParameterColumn): ResultColumn {
  return {
    id: `parameter:${name}`,
    kind: 'parameter',
    name,
    unit: '',
    best: null,
    width: Math.min(180, Math.max(96, 42 + name.length * 7)),
    first: true,
    read: row => own(row.parameters, name)
  };
}

/** Curves that no metric of the same name brings along. */
function curves({
  rows,
  metrics
}: Pick<ResultsTable, 'rows' | 'metrics'>): ResultColumn[] {
  const told = new Set(metrics.map(metric => metric.name));
  return curveNames(rows)
    .filter(name => !told.has(name))
    .slice(0, MOST)
    .map((name, index) => ({
      id: `curve:${name}`,
      kind: 'curve',
      name,
      unit: '',
      best: null,
      width: 152,
      first: index < FIRST_CURVES,
      read: row => curveOf(row, name)?.values.at(-1)
    }));
}

/** Names of curves that these results have, those of most results first. */
export function curveNames(rows: readonly ResultPart[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const { name } of row.series) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

export function curveOf(row: ResultPart, name: string) {
  return row.series.find(series => series.name === name);
}

/** The class of a model, without the modules it stands in. */
export function modelName({
  kind,
  name
}: {
  kind: string;
  name: string;
}): string {
  return kind.slice(kind.lastIndexOf('.') + 1) || name;
}

function facts(rows: readonly ResultPart[], words: Words): ResultColumn[] {
  const fact = (
    id: string,
    name: string,
    width: number,
    first: boolean,
    read: (row: ResultPart) => Value
  ): ResultColumn => ({
    id: `fact:${id}`,
    kind: 'fact',
    name,
    unit: '',
    best: null,
    width,
    first,
    read
  });
  const some = (has: (row: ResultPart) => boolean): boolean => rows.some(has);
  return [
    fact(
      'model',
      words.__('Model'),
      150,
      some(row => row.models.length > 0),
      row => row.models.map(modelName).join(', ')
    ),
    fact('tags', words.__('Tags'), 140, some(hasTags), row =>
      ownTags(row).join(', ')
    ),
    fact(
      'duration',
      words.__('Time taken'),
      92,
      true,
      row => row.duration_s ?? undefined
    ),
    fact(
      'warnings',
      words.__('Warnings'),
      150,
      some(row => row.warnings.length > 0),
      row => row.warnings.join(' · ') || undefined
    ),
    fact(
      'files',
      words.__('Wrote'),
      150,
      some(row => row.files.length > 0),
      row => row.files.map(({ path }) => basename(path)).join(', ')
    ),
    fact(
      'inputs',
      words.__('Read'),
      150,
      some(row => row.inputs.length > 0),
      row => row.inputs.map(({ path }) => basename(path)).join(', ')
    ),
    fact(
      'figures',
      words.__('Figures'),
      84,
      false,
      row => row.figures_count || undefined
    ),
    fact('notebook', words.__('Notebook'), 150, false, row =>
      row.notebook === null ? undefined : basename(row.notebook)
    ),
    fact('started', words.__('Started'), 150, false, row => row.started)
  ];
}

/** The tag that says that somebody marked a result. */
export const STAR = 'star';

/** Tags but for the star, which has a place of its own. */
export function ownTags({ tags }: ResultPart): string[] {
  return tags.filter(tag => tag !== STAR);
}

function hasTags(row: ResultPart): boolean {
  return ownTags(row).length > 0;
}

/** What stands in the cell, as a person reads it. */
export function spokenIn(
  { id }: ResultColumn,
  value: Value,
  words: Words
): string {
  if (id === 'fact:duration' && typeof value === 'number') {
    return duration(value, words);
  }
  return id === 'fact:started' && typeof value === 'string'
    ? moment(value, new Date(), words)
    : said(value);
}

/** A recorded name may be that of anything an object inherits. */
function own<T>(values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Of each metric the address of the row with its best value. */
export function bests(
  rows: readonly ResultPart[],
  columns: readonly ResultColumn[]
): Map<string, string> {
  const found = new Map<string, string>();
  for (const column of columns) {
    if (column.kind !== 'metric' || column.best === null) {
      continue;
    }
    let leading: number | null = null;
    let several = false;
    for (const row of rows) {
      const value = column.read(row);
      if (typeof value !== 'number') {
        continue;
      }
      several ||= leading !== null;
      if (
        leading === null ||
        (column.best === 'lowest' ? value < leading : value > leading)
      ) {
        leading = value;
        found.set(column.id, row.address);
      }
    }
    // The only one is not the best of anything.
    if (!several) {
      found.delete(column.id);
    }
  }
  return found;
}
