/** Answers made by hand: what a test does not say is plain. */
import type {
  ExecutionPart,
  RunPart,
  SummaryPart,
  VersionPart
} from '../../ui/src/answers';
import type {
  LineageAnswer,
  LineageNode,
  WhyAnswer
} from '../../ui/src/origins';

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

/** A node of a lineage; the id tells the kind. */
export function node(
  id: string,
  facts: Partial<LineageNode> = {}
): LineageNode {
  const [kind = '', rest = ''] = [
    id.slice(0, id.indexOf(':')),
    id.slice(id.indexOf(':') + 1)
  ];
  return {
    id,
    kind,
    label: rest,
    address: kind === 'execution' ? rest : null,
    path: kind === 'file' ? `/home/ada/${rest}` : null,
    sha256: kind === 'file' ? 'ab'.repeat(32) : null,
    bytes: kind === 'file' ? 1500 : null,
    notebook: kind === 'execution' ? '/home/ada/sales.ipynb' : null,
    started: kind === 'execution' ? '2026-11-03T09:15:00.000' : null,
    status: kind === 'execution' ? 'ok' : null,
    more_before: false,
    more_after: false,
    ...facts
  };
}

/** A lineage of chains like 'file:a > execution:k/1 > file:b'; the last node of the first chain is the root. */
export function lineage(
  chains: readonly string[],
  facts: Record<string, Partial<LineageNode>> = {}
): LineageAnswer {
  const walked = chains.map(chain => chain.split(' > '));
  const ids = [...new Set(walked.flat())];
  // Chains that share a step share its edge, as in what the server answers.
  const steps = new Map(
    walked.flatMap(chain =>
      chain.slice(1).map((target, index) => {
        const source = chain[index] ?? '';
        const role = target.startsWith('execution') ? 'read' : 'written';
        return [`${source} > ${target}`, { source, target, role }] as const;
      })
    )
  );
  return {
    root: walked[0]?.at(-1) ?? '',
    nodes: ids.map(id => node(id, facts[id])),
    edges: [...steps.values()],
    truncated: false
  };
}

export function why(facts: Partial<WhyAnswer> = {}): WhyAnswer {
  return {
    target: 'model.pkl',
    kind: 'file',
    path: '/home/ada/model.pkl',
    found: 'content',
    sha256: 'ab'.repeat(32),
    produced_by: {
      address: 'k3f9a2/3',
      notebook: '/home/ada/train.ipynb',
      started: '2026-11-03T09:15:00.000'
    },
    others: [],
    recipe: [],
    inputs: [],
    parameters: {},
    metrics: {},
    environment: { python: '3.11.7', platform: '', packages: {}, used: [] },
    git: { commit: null, branch: null, dirty: null, remote: null },
    upstream: [],
    not_seen: [],
    used_by: [],
    ...facts
  };
}
