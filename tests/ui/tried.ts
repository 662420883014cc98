/** Results made by hand: what a test does not say is plain. */
import type {
  MetricColumn,
  ResultPart,
  ResultsAnswer,
  ResultsTable,
  SeriesPart
} from '../../ui/src/results/answers';

export function result(
  address: string,
  facts: Partial<ResultPart> = {}
): ResultPart {
  const [run = '', n = '1'] = address.split('/');
  const metrics = facts.metrics ?? {};
  return {
    address,
    run,
    n: Number(n),
    cell_id: `cell-${n}`,
    notebook: '/home/ada/tries.ipynb',
    server_path: 'tries.ipynb',
    started: `2026-11-03T09:00:${n.padStart(2, '0')}.000`,
    duration_s: 1.5,
    status: 'ok',
    first_lines: `try_number(${n})`,
    parameters: {},
    metrics,
    measures: Object.entries(metrics).map(([name, value]) => ({
      name,
      value,
      unit: '',
      step: null,
      source: 'returned',
      confidence: 0.95,
      numbers: 1
    })),
    metrics_count: Object.keys(metrics).length,
    inputs: [],
    files: [],
    models: [],
    series: [],
    figures: [],
    figures_count: 0,
    thumbnail: false,
    warnings: [],
    tags: [],
    star: false,
    name: null,
    replay_of: null,
    ...facts
  };
}

export function curve(
  name: string,
  values: SeriesPart['values'],
  facts: Partial<SeriesPart> = {}
): SeriesPart {
  return {
    name,
    values,
    steps: [],
    points: values.length,
    unit: '',
    source: 'bound',
    confidence: 0.9,
    where: '',
    ...facts
  };
}

export function metricColumn(
  name: string,
  facts: Partial<MetricColumn> = {}
): MetricColumn {
  return {
    name,
    unit: '',
    results: 1,
    best: null,
    best_address: null,
    ...facts
  };
}

const BEST = { accuracy: 'highest', loss: 'lowest' } as const;

/** A page with the columns that the server would tell of these rows. */
export function page(
  rows: ResultPart[],
  facts: Partial<ResultsAnswer> = {}
): ResultsAnswer {
  const metrics = new Set(rows.flatMap(row => Object.keys(row.metrics)));
  const parameters = new Set(rows.flatMap(row => Object.keys(row.parameters)));
  const having = (name: string, of: 'metrics' | 'parameters'): ResultPart[] =>
    rows.filter(row => Object.hasOwn(row[of], name));
  return {
    results: rows,
    total: rows.length,
    offset: 0,
    sort: 'started',
    ordered: rows.length,
    ascending: false,
    metric_columns: [...metrics].map(name =>
      metricColumn(name, {
        results: having(name, 'metrics').length,
        best: Object.hasOwn(BEST, name) ? BEST[name as keyof typeof BEST] : null
      })
    ),
    parameter_columns: [...parameters].map(name => ({
      name,
      results: having(name, 'parameters').length,
      varies:
        new Set(having(name, 'parameters').map(row => row.parameters[name]))
          .size > 1
    })),
    ...facts
  };
}

export function table(
  rows: ResultPart[],
  facts: Partial<ResultsTable> = {}
): ResultsTable {
  const { metric_columns, parameter_columns, total } = page(rows);
  return {
    rows,
    total,
    metrics: metric_columns,
    parameters: parameter_columns,
    growing: false,
    ...facts
  };
}
