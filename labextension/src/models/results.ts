/**
 * The table of results: fetched page by page, kept up to date run by run, with what a person chose to see of it.
 *
 * Rows are filtered and sorted where they are shown. Where there are more than anybody holds here, the server is asked for those
 * that the filters and the order mean.
 */
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { DiffAnswer } from '../../../ui/src/origins';
import type {
  ResultPart,
  ResultsAnswer,
  ResultsTable
} from '../../../ui/src/results/answers';
import { STAR, grown } from '../../../ui/src/results/columns';
import { OLDEST } from '../../../ui/src/results/sorting';
import type { Scope } from '../../../ui/src/results/ResultsView';
import type { ResultsView } from '../../../ui/src/results/view';
import { FIRST_VIEW } from '../../../ui/src/results/view';
import type { Client, ResultsWanted } from '../client';
import { Merged, Model, loaded, same, sentence } from './model';

/** In the panel, or in a tab of its own. */
export type Place = 'panel' | 'tab';

/** The first page is small, so that something stands there at once. */
const FIRST_PAGE = 100;
const PAGE = 1000;
/** Times that everything is read once more where it changed meanwhile. */
const AGAIN = 2;
/** Runs whose results are asked for one by one; where more changed, everything is asked for. */
const FEW_RUNS = 4;

export class ResultsModel extends Model {
  private known: Loaded<ResultsTable> = LOADING;
  private chosen: ResultsView = FIRST_VIEW;
  private views: Record<Place, ResultsView> = {
    panel: FIRST_VIEW,
    tab: FIRST_VIEW
  };
  private scope_: Scope = 'front';
  private front_: string | null = null;
  private uncertain = false;
  private readonly paths = new Set<string>();
  private seen = 0;
  private asked: ResultsWanted | null = null;
  private readonly touchedRuns = new Set<string>();
  private readonly merged = new Merged(() => this.fetchAll());
  private readonly mergedTouched = new Merged(() => this.fetchTouched());
  private lastProblem = '';
  private compared: { a: string; b: string } | null = null;
  private difference: Loaded<DiffAnswer> = LOADING;

  constructor(
    private readonly client: Client,
    private readonly most = 10_000
  ) {
    super();
  }

  get table(): Loaded<ResultsTable> {
    return this.known;
  }

  /** What is seen there: filters, order and choice are shared, what stands below the table is not. */
  viewIn(place: Place): ResultsView {
    return this.views[place];
  }

  setView(view: ResultsView, place: Place): void {
    this.chosen = view;
    const other = place === 'panel' ? 'tab' : 'panel';
    const { pane } = this.views[other];
    this.views = {
      ...this.views,
      [place]: view,
      [other]: { ...view, pane }
    };
    this.tell();
    if (this.partial && !same(this.asked, this.wanted)) {
      void this.merged.request();
    }
  }

  get scope(): Scope {
    return this.scope_;
  }

  readonly setScope = (scope: Scope): void => {
    if (!same(scope, this.scope_)) {
      this.scope_ = scope;
      void this.askAnew();
    }
  };

  get doubtful(): boolean {
    return this.uncertain;
  }

  readonly setDoubtful = (on: boolean): void => {
    if (on !== this.uncertain) {
      this.uncertain = on;
      void this.askAnew();
    }
  };

  /** Server path of the notebook in front. */
  get front(): string | null {
    return this.front_;
  }

  set front(path: string | null) {
    if (path !== this.front_) {
      this.front_ = path;
      if (this.scope_ === 'front' && this.seen > 0) {
        void this.askAnew();
      }
    }
  }

  /** Server paths of notebooks of which results have been seen. */
  get notebooks(): string[] {
    return [...this.paths].sort((a, b) => a.localeCompare(b));
  }

  get problem(): string {
    return this.lastProblem;
  }

  get diff(): Loaded<DiffAnswer> {
    return this.difference;
  }

  /** Whether somebody looks at the table. */
  get followed(): boolean {
    return this.seen > 0;
  }

  /** Somebody looks at the table from now on, until the answer is called. */
  follow(): () => void {
    this.seen += 1;
    void this.refresh();
    let following = true;
    return () => {
      this.seen -= following ? 1 : 0;
      following = false;
    };
  }

  /** Everything is asked for again; what is shown stays until the answer is there. */
  refresh(): Promise<void> {
    return this.seen === 0 ? Promise.resolve() : this.merged.request();
  }

  /** Something happened to a run. */
  touched(run: string): void {
    if (this.seen > 0) {
      this.touchedRuns.add(run);
      void this.mergedTouched.request();
    }
  }

  readonly compare = (a: string, b: string): void => {
    if (
      this.compared?.a === a &&
      this.compared.b === b &&
      this.difference.state !== 'failed'
    ) {
      return;
    }
    this.compared = { a, b };
    this.difference = LOADING;
    this.tell();
    void loaded(() => this.client.diff(a, b)).then(answer => {
      if (this.compared?.a === a && this.compared.b === b) {
        this.difference = answer;
        this.tell();
      }
    });
  };

  /** Marks a result, or takes the mark away; shown at once, taken back where it could not be written. */
  readonly star = async (row: ResultPart): Promise<void> => {
    const star = !row.star;
    await this.attempt(async () => {
      this.change(row.address, before => ({ ...before, star }));
      try {
        await (star
          ? this.client.tag(row.address, [STAR])
          : this.client.untag(row.address, [STAR]));
      } catch (problem) {
        this.change(row.address, before => ({ ...before, star: row.star }));
        throw problem;
      }
    });
  };

  readonly tag = (
    addresses: readonly string[],
    tags: string[]
  ): Promise<void> =>
    this.attempt(async () => {
      for (const address of addresses) {
        const answer = await this.client.tag(address, tags);
        this.change(address, row => ({
          ...row,
          tags: [...new Set([...row.tags, ...answer.tags, ...tags])]
        }));
      }
    });

  private async attempt(deed: () => Promise<void>): Promise<void> {
    let problem = '';
    try {
      await deed();
    } catch (reason) {
      problem = sentence(reason);
    }
    if (problem !== this.lastProblem) {
      this.lastProblem = problem;
      this.tell();
    }
  }

  private change(
    address: string,
    changed: (row: ResultPart) => ResultPart
  ): void {
    if (this.known.state === 'ready') {
      const rows = this.known.answer.rows.map(row =>
        row.address === address ? changed(row) : row
      );
      this.become({ ...this.known.answer, rows });
    }
  }

  private become(table: ResultsTable): void {
    this.known = { state: 'ready', answer: table };
    this.tell();
  }

  private askAnew(): Promise<void> {
    this.known = LOADING;
    this.tell();
    return this.refresh();
  }

  /** Whether there are more results than are held here. */
  private get partial(): boolean {
    return (
      this.known.state === 'ready' &&
      (this.known.answer.total > this.most || this.isNarrowed)
    );
  }

  /** Whether the server was asked for fewer than the scope has. */
  private get isNarrowed(): boolean {
    return this.asked?.tag !== undefined || this.asked?.sort !== undefined;
  }

  /** What the server is asked for: of too many, those that the filters and the order mean. */
  private get wanted(): ResultsWanted {
    const notebook =
      typeof this.scope_ === 'object'
        ? this.scope_.notebook
        : this.scope_ === 'front'
          ? (this.front_ ?? undefined)
          : undefined;
    const wide: ResultsWanted = {
      ...(notebook !== undefined && { notebook }),
      ...(this.uncertain && { all: 1 })
    };
    if (!this.partial) {
      return wide;
    }
    const { filters, sorted } = this.chosen;
    const sort = sorted === null ? undefined : served(sorted.id);
    return {
      ...wide,
      ...(filters.tag !== '' && { tag: filters.tag }),
      ...(sort !== undefined && {
        sort,
        order: sorted?.descending === true ? 'descending' : 'ascending'
      })
    };
  }

  private async fetchAll(): Promise<void> {
    const wanted = this.wanted;
    this.asked = wanted;
    const before = this.known.state === 'ready' ? this.known.answer : null;
    let table = NOTHING;
    let again = AGAIN;
    for (let offset = 0; ;) {
      const answer = await loaded(() =>
        this.client.results({
          ...wanted,
          offset,
          limit: offset === 0 ? FIRST_PAGE : PAGE
        })
      );
      if (!same(wanted, this.wanted)) {
        void this.merged.request();
        return;
      }
      if (answer.state !== 'ready') {
        this.failed(answer);
        return;
      }
      const page = answer.answer;
      this.noteNotebooks(page);
      offset += page.results.length;
      const growing =
        page.results.length > 0 && offset < Math.min(page.total, this.most);
      table = { ...grown(table, page), total: page.total, growing };
      // What is shown stays until all of the new is there; only an empty table fills page by page.
      if (before === null) {
        this.become(table);
      }
      // New results came in front of those that were being read: what was pushed behind a page's edge is still missing.
      const short = table.rows.length < Math.min(table.total, this.most);
      if (!growing && short && again > 0) {
        again -= 1;
        offset = 0;
      } else if (!growing) {
        break;
      }
    }
    if (before !== null) {
      const kept = withKept(table, before);
      if (kept !== before) {
        this.become(kept);
      }
    }
    // Only now it may be known that there are too many, and that the order is for the server to make.
    if (!same(wanted, this.wanted)) {
      void this.merged.request();
    }
  }

  /** A request that failed leaves what is shown, unless there is nothing. */
  private failed(
    answer: Exclude<Loaded<ResultsAnswer>, { state: 'ready' }>
  ): void {
    if (this.known.state !== 'ready') {
      this.known = answer;
      this.tell();
    } else if (answer.state === 'failed') {
      this.lastProblem = answer.message;
      this.become({ ...this.known.answer, growing: false });
    }
  }

  private async fetchTouched(): Promise<void> {
    const runs = [...this.touchedRuns];
    this.touchedRuns.clear();
    if (
      this.known.state !== 'ready' ||
      this.partial ||
      runs.length > FEW_RUNS
    ) {
      await this.refresh();
      return;
    }
    const wanted = this.wanted;
    for (const run of runs) {
      const answer = await loaded(() =>
        this.client.results({ ...wanted, run, limit: PAGE })
      );
      if (answer.state !== 'ready' || this.known.state !== 'ready') {
        return;
      }
      if (!same(wanted, this.wanted)) {
        return;
      }
      if (answer.answer.total > PAGE) {
        await this.refresh();
        return;
      }
      this.noteNotebooks(answer.answer);
      const next = withRun(this.known.answer, run, answer.answer);
      if (next !== this.known.answer) {
        this.become(next);
      }
    }
  }

  private noteNotebooks({ results }: ResultsAnswer): void {
    for (const { server_path } of results) {
      if (typeof server_path === 'string') {
        this.paths.add(server_path);
      }
    }
  }
}

const NOTHING: ResultsTable = {
  rows: [],
  total: 0,
  metrics: [],
  parameters: [],
  growing: true
};

/** The new table with the old objects for rows that say the same; the old one where nothing changed. */
function withKept(now: ResultsTable, before: ResultsTable): ResultsTable {
  const known = new Map(before.rows.map(row => [row.address, row]));
  let changed =
    now.rows.length !== before.rows.length ||
    now.total !== before.total ||
    before.growing;
  const rows = now.rows.map((row, index) => {
    const old = known.get(row.address);
    const kept = old !== undefined && same(old, row) ? old : row;
    changed ||= kept !== before.rows[index];
    return kept;
  });
  return changed ? { ...now, rows } : before;
}

/** The table with what a run's results are now. */
function withRun(
  table: ResultsTable,
  run: string,
  answer: ResultsAnswer
): ResultsTable {
  const known = new Map(table.rows.map(row => [row.address, row]));
  const own = answer.results.map(row => {
    const old = known.get(row.address);
    return old !== undefined && same(old, row) ? old : row;
  });
  const before = table.rows.filter(row => row.run === run);
  if (
    own.length === before.length &&
    own.every((row, index) => row === before[index])
  ) {
    return table;
  }
  const others = table.rows.filter(row => row.run !== run);
  const { metrics, parameters } = grown(
    { ...table, rows: others },
    { ...answer, results: own }
  );
  return {
    ...table,
    metrics,
    parameters,
    rows: inOrder(others, own),
    total: table.total + own.length - before.length
  };
}

/** Two lists, each newest first, as one. */
function inOrder(
  others: readonly ResultPart[],
  own: readonly ResultPart[]
): ResultPart[] {
  const all: ResultPart[] = [];
  let at = 0;
  for (const row of own) {
    for (
      let other = others[at];
      other !== undefined && other.started > row.started;
      other = others[at]
    ) {
      all.push(other);
      at += 1;
    }
    all.push(row);
  }
  return [...all, ...others.slice(at)];
}

/** What the server is asked to sort by for the order of a column, undefined where it cannot. */
function served(id: string): string | undefined {
  if (id.startsWith('metric:')) {
    return id.slice('metric:'.length);
  }
  if (id.startsWith('parameter:')) {
    return `parameters.${id.slice('parameter:'.length)}`;
  }
  return id === OLDEST ? 'started' : undefined;
}
