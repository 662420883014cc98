/** The journal's REST interface: one method per question, answers in the command line's shapes. */
import type {
  AnnotationsAnswer,
  CheckAnswer,
  ExecutionPart,
  ExportAnswer,
  JobAnswer,
  LogAnswer,
  RecipeAnswer,
  SearchAnswer,
  StatusAnswer,
  SummariesAnswer,
  VersionsAnswer,
  Which
} from '../../ui/src/answers';
import { parts } from '../../ui/src/answers';
import type { ExportChoice } from '../../ui/src/ExportForm';
import type {
  DiffAnswer,
  Direction,
  LineageAnswer,
  WhyAnswer
} from '../../ui/src/origins';
import type { ResultsAnswer } from '../../ui/src/results/answers';

/** Sends a request to `path` below the journal's address, with whatever the server wants to know about who asks. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Which results, and which of them. */
export interface ResultsWanted {
  notebook?: string;
  run?: string;
  tag?: string;
  sort?: string;
  order?: 'ascending' | 'descending';
  /** Also what is not certain to be a metric. */
  all?: 1;
}

/** The server said no, in a sentence. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
  }
}

/** The server has no journal to ask: its part of labjournal is not installed or not switched on. */
export class ServerPartMissing extends Error {}

export class Client {
  constructor(private readonly send: Send) {}

  status(): Promise<StatusAnswer> {
    return this.get<StatusAnswer>('status');
  }

  runs(wanted: {
    notebook?: string;
    before?: string;
    limit: number;
  }): Promise<LogAnswer> {
    return this.get<LogAnswer>('runs', wanted);
  }

  summaries(
    run: string,
    first: number,
    last: number
  ): Promise<SummariesAnswer> {
    return this.get<SummariesAnswer>(
      `runs/${encodeURIComponent(run)}/executions`,
      {
        first,
        last,
        limit: last - first + 1
      }
    );
  }

  execution(address: string): Promise<ExecutionPart> {
    return this.get<ExecutionPart>(executionPath(address));
  }

  versions(notebook: string, cellId: string): Promise<VersionsAnswer> {
    return this.get<VersionsAnswer>('versions', { notebook, cell_id: cellId });
  }

  search(q: string, limit: number): Promise<SearchAnswer> {
    return this.get<SearchAnswer>('search', { q, limit });
  }

  /** Where `target` comes from: a file, an address, `ADDRESS:METRIC`, or a node of a lineage. */
  why(target: string, forward = false): Promise<WhyAnswer> {
    return this.get<WhyAnswer>('why', {
      target,
      ...(forward && { forward: 1 })
    });
  }

  lineage(
    target: string,
    direction: Direction,
    wanted: { depth: number; limit: number }
  ): Promise<LineageAnswer> {
    return this.get<LineageAnswer>('lineage', { target, direction, ...wanted });
  }

  diff(a: string, b?: string): Promise<DiffAnswer> {
    return this.get<DiffAnswer>('diff', { a, b });
  }

  results(
    wanted: ResultsWanted & { offset?: number; limit: number }
  ): Promise<ResultsAnswer> {
    return this.get<ResultsAnswer>('results', { ...wanted });
  }

  async blob(sha256: string): Promise<Blob> {
    return (await this.answer(`blobs/${sha256}`, {})).blob();
  }

  async thumbnail(address: string): Promise<Blob> {
    return (
      await this.answer(`${executionPath(address)}/thumbnail`, {})
    ).blob();
  }

  note(address: string, text: string): Promise<AnnotationsAnswer> {
    return this.write<AnnotationsAnswer>('POST', 'notes', { address, text });
  }

  tag(address: string, tags: string[]): Promise<AnnotationsAnswer> {
    return this.write<AnnotationsAnswer>('POST', 'tags', { address, tags });
  }

  untag(address: string, tags: string[]): Promise<AnnotationsAnswer> {
    return this.write<AnnotationsAnswer>('DELETE', 'tags', { address, tags });
  }

  name(address: string, name: string): Promise<AnnotationsAnswer> {
    return this.write<AnnotationsAnswer>('POST', 'names', { address, name });
  }

  async record(on: boolean): Promise<void> {
    await this.write('POST', on ? 'resume' : 'pause', {});
  }

  export(
    address: string,
    choice: ExportChoice,
    force: boolean
  ): Promise<ExportAnswer> {
    return this.write<ExportAnswer>(
      'POST',
      'exports',
      wantedExport(address, choice, force)
    );
  }

  replay(address: string, environment: Which): Promise<{ job: string }> {
    return this.write<{ job: string }>('POST', 'replays', {
      address,
      environment
    });
  }

  /** The same as an export, run before it is handed over. */
  prove(
    address: string,
    choice: ExportChoice,
    force: boolean
  ): Promise<{ job: string }> {
    return this.write<{ job: string }>('POST', 'exports', {
      ...wantedExport(address, choice, force),
      verify: true
    });
  }

  jobs(): Promise<{ jobs: JobAnswer[] }> {
    return this.get<{ jobs: JobAnswer[] }>('jobs');
  }

  job(job: string): Promise<JobAnswer> {
    return this.get<JobAnswer>(`jobs/${encodeURIComponent(job)}`);
  }

  stop(job: string): Promise<JobAnswer> {
    return this.write<JobAnswer>(
      'DELETE',
      `jobs/${encodeURIComponent(job)}`,
      {}
    );
  }

  /** Would the notebook run from top to bottom, as it stands in the editor? Nothing is executed. */
  check(notebook: string, cells: object[]): Promise<CheckAnswer> {
    return this.write<CheckAnswer>('POST', 'check', { notebook, cells });
  }

  recipe(address: string): Promise<RecipeAnswer> {
    return this.get<RecipeAnswer>('recipe', { address });
  }

  private async get<T>(
    path: string,
    query: Record<string, string | number | undefined> = {}
  ): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) {
        search.set(name, String(value));
      }
    }
    const asked = search.size > 0 ? `${path}?${search}` : path;
    return (await (await this.answer(asked, {})).json()) as T;
  }

  private async write<T>(
    method: 'POST' | 'DELETE',
    path: string,
    body: object
  ): Promise<T> {
    const answer = await this.answer(path, {
      method,
      body: JSON.stringify(body)
    });
    return (await answer.json()) as T;
  }

  private async answer(path: string, init: RequestInit): Promise<Response> {
    const response = await this.send(path, init);
    if (response.ok) {
      return response;
    }
    const text = await response.text();
    const message = messageOf(text);
    if (message === null && response.status === 404) {
      throw new ServerPartMissing();
    }
    throw new Refused(
      response.status,
      message ?? `${response.status} ${response.statusText}`
    );
  }
}

/** What the server takes of a choice: only what the kind can have. */
function wantedExport(
  address: string,
  { kind, path, environment, lock }: ExportChoice,
  force: boolean
): object {
  const withEnvironment = kind === 'notebook' && environment === true;
  return {
    address,
    kind,
    path,
    force,
    ...(withEnvironment && { with_environment: true }),
    ...(lock === true &&
      (withEnvironment || kind === 'crate') && { lock: true })
  };
}

function executionPath(address: string): string {
  const { run, n } = parts(address);
  return `runs/${encodeURIComponent(run)}/executions/${n ?? 0}`;
}

/** The sentence in the body of an error, null where the journal did not write it. */
function messageOf(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' &&
      body !== null &&
      'message' in body &&
      typeof body.message === 'string'
      ? body.message
      : null;
  } catch {
    return null;
  }
}
