/** The shapes of the table of results, as docs/answers describes them. */
import type { JsonValue, Num } from '../answers';

/** How the number of a metric was learnt. */
export interface MeasurePart {
  name: string;
  value: Num;
  unit: string;
  step: number | null;
  /** explicit | tracker | returned | fitted | bound | printed | shown. */
  source: string;
  /** 0 … 1. */
  confidence: number;
  /** How many numbers the execution gave under this name. */
  numbers: number;
}

/** How a model differs from the one that bore its name before. */
export interface ModelChange {
  /** Address of that one. */
  than: string;
  /** retrained: same recipe, other data; redesigned: another recipe; refitted: no difference is seen. */
  how: 'retrained' | 'redesigned' | 'refitted';
  what: string[];
}

export interface ModelPart {
  name: string;
  kind: string;
  library: string;
  version: string;
  parameters: Record<string, JsonValue>;
  recipe: string;
  fitted_on: Record<string, JsonValue>[];
  features: string[];
  signature: Record<string, JsonValue> | null;
  fit_s: number | null;
  bytes: number | null;
  path: string;
  /** null for the first of its name. */
  change: ModelChange | null;
}

/** A learning curve, thinned where it is long. */
export interface SeriesPart {
  name: string;
  values: Num[];
  /** Of the values; empty where they are 0, 1, 2 … */
  steps: number[];
  points: number;
  unit: string;
  source: string;
  confidence: number;
  where: string;
}

export interface FigurePart {
  position: number;
  path: string;
  title: string;
  labels: string[];
  data: string[];
}

export interface ResultFile {
  path: string;
  sha256: string | null;
  bytes: number | null;
}

/** One execution that produced a metric, a model, a figure or a file. */
export interface ResultPart {
  address: string;
  run: string;
  n: number;
  cell_id: string | null;
  notebook: string | null;
  server_path?: string | null;
  started: string;
  duration_s: number | null;
  status: string;
  first_lines: string;
  parameters: Record<string, JsonValue>;
  metrics: Record<string, Num>;
  measures: MeasurePart[];
  metrics_count: number;
  inputs: ResultFile[];
  files: ResultFile[];
  models: ModelPart[];
  series: SeriesPart[];
  figures: FigurePart[];
  figures_count: number;
  thumbnail: boolean;
  /** What libraries warned of meanwhile. */
  warnings: string[];
  tags: string[];
  star: boolean;
  name: string | null;
  replay_of: string | null;
}

/** Which value of a metric is the best. */
export type Best = 'lowest' | 'highest';

export interface MetricColumn {
  name: string;
  unit: string;
  results: number;
  /** Null where its name does not tell. */
  best: Best | null;
  best_address: string | null;
}

export interface ParameterColumn {
  name: string;
  results: number;
  varies: boolean;
}

/** A page of the table. */
export interface ResultsAnswer {
  results: ResultPart[];
  total: number;
  offset: number;
  sort: string;
  /** So many of them, the newest, are put in this order; fewer than `total` only where there are very many. */
  ordered: number;
  ascending: boolean;
  metric_columns: MetricColumn[];
  parameter_columns: ParameterColumn[];
}

/** What is known of the table: some or all of its rows, and what its columns are. */
export interface ResultsTable {
  rows: readonly ResultPart[];
  /** How many results there are of what was asked for, here or not. */
  total: number;
  metrics: readonly MetricColumn[];
  parameters: readonly ParameterColumn[];
  /** More rows are on their way. */
  growing: boolean;
}
