/** Summaries of executions, fetched page by page where somebody looks, and again where they are stale. */
import type { SummaryPart } from '../../../ui/src/answers';
import type { Client } from '../client';
import { same } from './model';

/** Requests under way at once: more would only make the one that matters later. */
const AT_ONCE = 2;
/** Failed pages are left alone for a while. */
const PATIENCE_MS = 5000;

interface Page {
  run: string;
  first: number;
  last: number;
}

export class Summaries {
  pageSize = 100;
  private readonly known = new Map<string, Map<number, SummaryPart | null>>();
  private readonly stales = new Map<string, Set<number>>();
  private readonly underWay = new Set<string>();
  private readonly failed = new Map<string, number>();
  private wanted = new Map<string, [number, number]>();

  constructor(
    private readonly client: Client,
    private readonly tell: () => void
  ) {}

  get(run: string, n: number): SummaryPart | null | undefined {
    return this.known.get(run)?.get(n);
  }

  stale(run: string, n: number): void {
    const numbers = this.stales.get(run) ?? new Set<number>();
    this.stales.set(run, numbers.add(n));
  }

  allStale(): void {
    for (const [run, summaries] of this.known) {
      this.stales.set(run, new Set(summaries.keys()));
    }
  }

  /** From now on these executions (first and last of each run) are looked at. */
  want(wanted: Map<string, [number, number]>): void {
    this.wanted = wanted;
    this.pump();
  }

  private pump(): void {
    while (this.underWay.size < AT_ONCE) {
      const page = this.next();
      if (page === undefined) {
        return;
      }
      void this.fetch(page);
    }
  }

  private next(): Page | undefined {
    for (const [run, [low, high]] of this.wanted) {
      // Newest first, as they are shown.
      for (
        let first = this.start(high);
        first >= this.start(low);
        first -= this.pageSize
      ) {
        const page = { run, first, last: first + this.pageSize - 1 };
        const key = keyOf(page);
        const patient = Date.now() - (this.failed.get(key) ?? 0) > PATIENCE_MS;
        if (!this.underWay.has(key) && patient) {
          const missing = this.missing(page, low, high);
          if (missing !== undefined) {
            return missing;
          }
        }
      }
    }
    return undefined;
  }

  /** What of the page must be asked for: all of it when something in sight is not known, else what is stale. */
  private missing(page: Page, low: number, high: number): Page | undefined {
    const known = this.known.get(page.run);
    for (
      let n = Math.max(low, page.first);
      n <= Math.min(high, page.last);
      n++
    ) {
      if (known?.get(n) === undefined) {
        return page;
      }
    }
    const stale = [...(this.stales.get(page.run) ?? [])].filter(
      n => n >= page.first && n <= page.last
    );
    return stale.length === 0
      ? undefined
      : { run: page.run, first: Math.min(...stale), last: Math.max(...stale) };
  }

  private async fetch(page: Page): Promise<void> {
    const { run, first, last } = page;
    const key = keyOf({ run, first: this.start(first), last });
    this.underWay.add(key);
    for (let n = first; n <= last; n++) {
      this.stales.get(run)?.delete(n);
    }
    try {
      const answer = await this.client.summaries(run, first, last);
      this.failed.delete(key);
      this.take(page, answer.executions);
    } catch {
      // The rows stay grey; the next look after a while asks again.
      this.failed.set(key, Date.now());
    } finally {
      this.underWay.delete(key);
      this.pump();
    }
  }

  private take({ run, first, last }: Page, executions: SummaryPart[]): void {
    const known = this.known.get(run) ?? new Map<number, SummaryPart | null>();
    this.known.set(run, known);
    const arrived = new Map(executions.map(summary => [summary.n, summary]));
    const newest = Math.max(0, ...arrived.keys(), ...known.keys());
    let changed = false;
    for (let n = first; n <= last; n++) {
      // One that is not there although later ones are is gone; one beyond the newest has not come yet.
      const summary =
        arrived.get(n) ?? (n < newest || arrived.size === 0 ? null : undefined);
      if (summary !== undefined && !same(summary, known.get(n))) {
        known.set(n, summary);
        changed = true;
      }
    }
    if (changed) {
      this.tell();
    }
  }

  private start(n: number): number {
    return Math.floor((n - 1) / this.pageSize) * this.pageSize + 1;
  }
}

function keyOf(page: Page): string {
  return `${page.run}/${page.first}`;
}
