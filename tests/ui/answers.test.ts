/** The samples that the command line's tests keep true fit the interfaces, as the compiler sees them. */
import { expect, test } from 'vitest';

import type {
  AnnotationsAnswer,
  ExecutionPart,
  ExportAnswer,
  LogAnswer,
  ReplayAnswer,
  SearchAnswer,
  StatusAnswer,
  SummariesAnswer,
  VersionsAnswer
} from '../../ui/src/answers';
import { isBlob, parts } from '../../ui/src/answers';
import type {
  DiffAnswer,
  LineageAnswer,
  WhyAnswer
} from '../../ui/src/origins';
import annotations from '../samples/answers/annotations.json';
import diff from '../samples/answers/diff.json';
import execution from '../samples/answers/execution.json';
import exported from '../samples/answers/export.json';
import lineageBoth from '../samples/answers/lineage.both.json';
import lineage from '../samples/answers/lineage.json';
import log from '../samples/answers/log.json';
import replay from '../samples/answers/replay.json';
import search from '../samples/answers/search.json';
import status from '../samples/answers/status.json';
import summaries from '../samples/answers/summaries.json';
import versions from '../samples/answers/versions.json';
import why from '../samples/answers/why.json';
import whyMetric from '../samples/answers/why.metric.json';

// The compiler takes a key that one sample lacks for one that may be undefined.
const bare = <T extends { metrics: object }>(part: T) =>
  Object.assign<Omit<T, 'metrics'>, { metrics: Record<string, number> }>(
    { ...part },
    { metrics: {} }
  );

const samples: [
  AnnotationsAnswer,
  DiffAnswer,
  ExecutionPart,
  ExportAnswer,
  LineageAnswer,
  LineageAnswer,
  LogAnswer,
  ReplayAnswer,
  SearchAnswer,
  StatusAnswer,
  SummariesAnswer,
  VersionsAnswer,
  WhyAnswer,
  WhyAnswer
] = [
  annotations,
  diff,
  execution,
  exported,
  lineage,
  lineageBoth,
  { runs: log.runs.map(bare) },
  replay,
  search,
  status,
  { ...summaries, executions: summaries.executions.map(bare) },
  versions,
  why,
  whyMetric
];

test('every sample is there', () => {
  expect(samples.every(sample => Object.keys(sample).length > 0)).toBe(true);
});

test('an address is a run, or a run and a number', () => {
  expect(parts('k3f9a2/12')).toEqual({ run: 'k3f9a2', n: 12 });
  expect(parts('k3f9a2')).toEqual({ run: 'k3f9a2', n: null });
});

test('recorded JSON that looks like a reference is not one unless it is whole', () => {
  expect(isBlob({ blob: 'ab', bytes: 3 })).toBe(true);
  expect([{ blob: 'ab' }, { blob: 1, bytes: 3 }, null, 'ab'].some(isBlob)).toBe(
    false
  );
});
