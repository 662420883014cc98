/**
 * The timeline's runs, and summaries of those executions that are in sight.
 *
 * Runs come in pages, newest first; summaries in pages of executions, and only where somebody looks: what flies past while
 * scrolling is not asked for. Live updates name executions that are stale; they are asked for again when they are in sight.
 */
import type { RunPart, SummaryPart } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import { Rows } from '../../../ui/src/rows';
import type { Client } from '../client';
import { Merged, Model, loaded, same } from './model';
import { Summaries } from './summaries';

/** Runs of one notebook (its server path), or of all. */
export type Scope = { notebook: string } | 'all';

type Lookup = (run: string, n: number) => SummaryPart | null | undefined;

const RUNS_A_PAGE = 50;
const MOST_PAGES = 100;

export class TimelineModel extends Model {
  private current: Scope | null = null;
  private known: Loaded<RunPart[]> = LOADING;
  private older = false;
  private laidOut: Rows = new Rows([], () => false, false);
  private readonly toggled = new Map<string, boolean>();
  private readonly summaries: Summaries;
  private readonly merged = new Merged(() => this.fetchNewest());
  private askingOlder = false;
  private lookup: Lookup = () => undefined;
  private inSightNow: [number, number] = [0, -1];

  constructor(private readonly client: Client) {
    super();
    this.summaries = new Summaries(client, () => {
      this.lookup = (run, n) => this.summaries.get(run, n);
      this.tell();
    });
  }

  get scope(): Scope | null {
    return this.current;
  }

  get runs(): Loaded<RunPart[]> {
    return this.known;
  }

  get rows(): Rows {
    return this.laidOut;
  }

  /** What is known of an execution; another function whenever some of it has changed. */
  get summary(): Lookup {
    return this.lookup;
  }

  run(run: string): RunPart | undefined {
    return this.known.state === 'ready'
      ? this.known.answer.find(candidate => candidate.run === run)
      : undefined;
  }

  set pageSize(executions: number) {
    this.summaries.pageSize = executions;
  }

  show(scope: Scope | null): Promise<void> {
    if (same(scope, this.current)) {
      return Promise.resolve();
    }
    this.current = scope;
    this.known = LOADING;
    this.older = false;
    this.layOut();
    this.tell();
    return this.refresh();
  }

  /** Asks for the newest runs again; summaries in sight that may have changed follow. */
  refresh(): Promise<void> {
    return this.current === null ? Promise.resolve() : this.merged.request();
  }

  /** Everything may have changed: nobody looked for a while. */
  async refreshAll(): Promise<void> {
    this.summaries.allStale();
    await this.refresh();
    this.look();
  }

  /** Something happened to an execution. */
  touched(run: string, n: number): void {
    this.summaries.stale(run, n);
    this.look();
  }

  toggle(run: string): void {
    const part = this.run(run);
    if (part !== undefined) {
      this.toggled.set(run, !this.isOpen(part));
      this.layOut();
      this.tell();
    }
  }

  /** Unfolds the run, fetching older ones until it is there; whether it is. */
  async reveal(run: string): Promise<boolean> {
    await this.merged.request();
    for (let page = 0; page < MOST_PAGES; page++) {
      const part = this.run(run);
      if (part !== undefined) {
        if (!this.isOpen(part)) {
          this.toggle(run);
        }
        return true;
      }
      if (!this.older) {
        return false;
      }
      await this.fetchOlder();
    }
    return false;
  }

  /** Rows that are in sight now. */
  readonly inSight = (first: number, last: number): void => {
    this.inSightNow = [first, last];
    this.look();
  };

  private look(): void {
    const [first, last] = this.inSightNow;
    const wanted = new Map<string, [number, number]>();
    for (
      let index = first;
      index <= Math.min(last, this.laidOut.length - 1);
      index++
    ) {
      const row = this.laidOut.at(index);
      if (row.kind === 'execution') {
        const [low, high] = wanted.get(row.run.run) ?? [row.n, row.n];
        wanted.set(row.run.run, [Math.min(low, row.n), Math.max(high, row.n)]);
      } else if (row.kind === 'older') {
        void this.fetchOlder();
      }
    }
    this.summaries.want(wanted);
  }

  private async fetchNewest(): Promise<void> {
    const asked = this.current;
    const answer = await loaded(() => this.page(asked));
    if (asked !== this.current || this.kept(answer)) {
      return;
    }
    const before = { known: this.known, older: this.older };
    if (answer.state === 'ready') {
      this.take(
        answer.answer,
        this.known.state === 'ready' ? this.known.answer : []
      );
    } else {
      this.known = answer;
    }
    if (same(before, { known: this.known, older: this.older })) {
      this.known = before.known;
      return;
    }
    this.layOut();
    this.tell();
    this.look();
  }

  /** A refresh that failed leaves what is shown, unless there is nothing. */
  private kept(answer: Loaded<RunPart[]>): boolean {
    return answer.state === 'failed' && this.known.state === 'ready';
  }

  private take(newest: RunPart[], before: RunPart[]): void {
    const last = newest.at(-1);
    const at =
      last === undefined ? -1 : before.findIndex(run => run.run === last.run);
    const behind = at < 0 ? [] : before.slice(at + 1);
    if (behind.length === 0) {
      this.older = newest.length >= RUNS_A_PAGE;
    }
    this.known = { state: 'ready', answer: [...newest, ...behind] };
  }

  private async fetchOlder(): Promise<void> {
    const asked = this.current;
    const last =
      this.known.state === 'ready' ? this.known.answer.at(-1) : undefined;
    if (last === undefined || !this.older || this.askingOlder) {
      return;
    }
    this.askingOlder = true;
    const answer = await loaded(() => this.page(asked, last.run));
    this.askingOlder = false;
    if (
      asked !== this.current ||
      answer.state !== 'ready' ||
      this.known.state !== 'ready'
    ) {
      return;
    }
    const known = new Set(this.known.answer.map(run => run.run));
    const fresh = answer.answer.filter(run => !known.has(run.run));
    this.known = { state: 'ready', answer: [...this.known.answer, ...fresh] };
    this.older = answer.answer.length >= RUNS_A_PAGE;
    this.layOut();
    this.tell();
  }

  private async page(scope: Scope | null, before?: string): Promise<RunPart[]> {
    const notebook =
      scope === null || scope === 'all' ? undefined : scope.notebook;
    return (await this.client.runs({ notebook, before, limit: RUNS_A_PAGE }))
      .runs;
  }

  private layOut(): void {
    const runs = this.known.state === 'ready' ? this.known.answer : [];
    // A kernel that only started, and has ended, tells nothing.
    const telling = runs.filter(
      run => run.executions > 0 || run.status === 'running'
    );
    this.laidOut = new Rows(telling, run => this.isOpen(run), this.older);
  }

  /** Until somebody says otherwise, the newest run and those that still live are open; replays only repeat what stands below. */
  private isOpen(run: RunPart): boolean {
    const toggled = this.toggled.get(run.run);
    if (toggled !== undefined || run.replay_of !== null) {
      return toggled === true;
    }
    const runs = this.known.state === 'ready' ? this.known.answer : [];
    const newest = runs.find(
      other => other.executions > 0 && other.replay_of === null
    );
    return run.status === 'running' || run.run === newest?.run;
  }
}
