/**
 * The timeline as a list of rows: a heading for each day, a header for each run, and a row for each execution of an open run,
 * newest first. Rows are worked out from the runs alone (their number of executions is known), so a timeline of any length
 * costs as much as its runs; what a row shows is fetched when it comes into sight.
 */
import type { RunPart } from './answers';
import { dayKey } from './telling';

export type Row =
  | { kind: 'day'; key: string; started: string }
  | { kind: 'run'; key: string; run: RunPart; open: boolean }
  | { kind: 'execution'; key: string; run: RunPart; n: number }
  | { kind: 'older'; key: string };

interface Segment {
  /** Index of the run's own row. */
  start: number;
  day: boolean;
  open: boolean;
  run: RunPart;
  /** Rows of executions. */
  length: number;
}

export class Rows {
  readonly length: number;
  private readonly segments: Segment[] = [];
  private readonly older: boolean;

  constructor(
    runs: readonly RunPart[],
    isOpen: (run: RunPart) => boolean,
    older: boolean
  ) {
    let index = 0;
    let day = '';
    for (const run of runs) {
      const today = dayKey(run.started);
      const open = isOpen(run);
      const length = open ? run.executions : 0;
      const isNewDay = today !== day;
      this.segments.push({
        start: index + (isNewDay ? 1 : 0),
        day: isNewDay,
        open,
        run,
        length
      });
      index += (isNewDay ? 2 : 1) + length;
      day = today;
    }
    this.older = older;
    this.length = index + (older ? 1 : 0);
  }

  at(index: number): Row {
    const segment = this.segment(index);
    if (
      segment === undefined ||
      index > segment.start + segment.length ||
      index >= this.length
    ) {
      return { kind: 'older', key: 'older' };
    }
    const { run, start, open } = segment;
    if (index < start) {
      const key = `day ${dayKey(run.started)} ${run.run}`;
      return { kind: 'day', key, started: run.started };
    }
    if (index === start) {
      return { kind: 'run', key: run.run, run, open };
    }
    const n = run.executions - (index - start - 1);
    return { kind: 'execution', key: `${run.run}/${n}`, run, n };
  }

  /** Calls back for each row in order, without making them: there may be a hundred thousand executions. */
  visit(
    onRow: (row: Row) => void,
    onExecution: (run: string, n: number) => void
  ): void {
    for (const { start, day, length, run } of this.segments) {
      if (day) {
        onRow(this.at(start - 1));
      }
      onRow(this.at(start));
      for (let n = run.executions; n > run.executions - length; n--) {
        onExecution(run.run, n);
      }
    }
    if (this.older) {
      onRow(this.at(this.length - 1));
    }
  }

  /** Where the run (n = 0) or its execution stands, -1 where it is not shown. */
  indexOf(run: string, n = 0): number {
    const segment = this.segments.find(candidate => candidate.run.run === run);
    if (segment === undefined || n < 0 || n > segment.run.executions) {
      return -1;
    }
    if (n === 0) {
      return segment.start;
    }
    return segment.open ? segment.start + 1 + (segment.run.executions - n) : -1;
  }

  /** The next row from `index` on, in the direction of `step`, that can be chosen; -1 where there is none. */
  choosable(index: number, step: 1 | -1): number {
    for (let at = index; at >= 0 && at < this.length; at += step) {
      if (this.at(at).kind === 'run' || this.at(at).kind === 'execution') {
        return at;
      }
    }
    return -1;
  }

  get hasOlder(): boolean {
    return this.older;
  }

  /** The last segment that begins at or before `index`. */
  private segment(index: number): Segment | undefined {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const candidate = this.segments[middle];
      if (
        candidate !== undefined &&
        candidate.start - (candidate.day ? 1 : 0) <= index
      ) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return this.segments[low];
  }
}
