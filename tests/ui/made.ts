/** Answers made by hand: what a test does not say is plain. */
import type {
  ExecutionPart,
  RunPart,
  SummaryPart,
  VersionPart
} from '../../ui/src/answers';

export function run(facts: Partial<RunPart> = {}): RunPart {
  return {
    run: 'k3f9a2',
    name: null,
    notebook: '/home/ada/sales.ipynb',
    server_path: 'sales.ipynb',
    kernel: 'python3',
    kernel_id: 'kernel-1',
    client: 'jupyterlab',
    python: '3.11.7',
    started: '2026-11-03T09:00:00.000',
    ended: '2026-11-03T10:30:00.000',
    duration_s: 5400,
    status: 'ended',
    executions: 3,
    failed: 0,
    metrics: {},
    tags: [],
    replay_of: null,
    ...facts
  };
}

export function summary(
  n: number,
  facts: Partial<SummaryPart> = {}
): SummaryPart {
  return {
    n,
    cell_id: `cell-${n}`,
    status: 'ok',
    started: '2026-11-03T09:15:00.000',
    ended: '2026-11-03T09:15:01.200',
    duration_s: 1.2,
    execution_count: n,
    first_lines: `step_${n} = ${n}`,
    outputs_count: 0,
    thumbnail: false,
    metrics: {},
    warnings: [],
    files_count: 0,
    tags: [],
    client: 'jupyterlab',
    ...facts
  };
}

export function execution(facts: Partial<ExecutionPart> = {}): ExecutionPart {
  return {
    address: 'k3f9a2/2',
    n: 2,
    cell_id: 'cell-2',
    source: 'print(6 * 7)',
    status: 'ok',
    started: '2026-11-03T09:15:00.000',
    ended: '2026-11-03T09:15:01.200',
    duration_s: 1.2,
    execution_count: 2,
    client: 'jupyterlab',
    error: '',
    outputs: [],
    inputs: [],
    files: [],
    metrics: {},
    parameters: {},
    warnings: [],
    names: { bound: [], used: [] },
    notes: [],
    tags: [],
    name: null,
    ...facts
  };
}

export function version(
  n: number,
  source: string,
  facts: Partial<VersionPart> = {}
): VersionPart {
  return {
    address: `k3f9a2/${n}`,
    run: 'k3f9a2',
    n,
    started: `2026-11-03T09:1${n}:00.000`,
    status: 'ok',
    source,
    ...facts
  };
}
