/**
 * Whether the notebook in front would still run from top to bottom, and what on screen is no longer so.
 *
 * Asked a moment after cells ran or the notebook was saved, with the cells as they stand in the editor. A question that fails is not
 * told: nobody asked it.
 */
import { Debouncer } from '@lumino/polling';

import type { CheckAnswer, CheckProblem } from '../../../ui/src/answers';
import type { Client } from '../client';
import { Model, same } from './model';

/** A notebook as it stands in the editor: its server path, and its cells in the shape of the file. */
export interface Edited {
  path: string;
  cells: object[];
}

export class ChecksModel extends Model {
  /** The notebook in front, null where there is none that can be looked at. */
  source: () => Edited | null = () => null;
  private found: { path: string; answer: CheckAnswer } | null = null;
  private byAddress = new Map<string, string>();
  private readonly putAway = new Set<string>();
  private readonly debouncer: Debouncer<void>;
  private notBefore = 0;
  private lookup: (run: string, n: number) => string | undefined = () =>
    undefined;

  constructor(
    private readonly client: Client,
    wait_ms = 1200
  ) {
    super();
    this.debouncer = new Debouncer(() => this.fetch(), wait_ms);
  }

  /** What is wrong with the notebook at this path, as far as somebody wants to know it. */
  problems(path: string | null): CheckProblem[] {
    const { found } = this;
    return found === null || found.path !== path
      ? []
      : found.answer.problems.filter(
          problem => !this.putAway.has(keyOf(found.path, problem))
        );
  }

  /** Why what an execution shows is no longer so; another function whenever that changes. */
  get stale(): (run: string, n: number) => string | undefined {
    return this.lookup;
  }

  /** Something happened that may matter. */
  touched(): void {
    this.debouncer.invoke().catch(() => undefined);
  }

  /** These problems are known; others will be told. */
  dismiss(path: string): void {
    for (const problem of this.problems(path)) {
      this.putAway.add(keyOf(path, problem));
    }
    this.tell();
  }

  private async fetch(): Promise<void> {
    const wait = this.notBefore - Date.now();
    if (wait > 0) {
      setTimeout(() => this.touched(), wait);
      return;
    }
    const edited = this.source();
    if (edited === null) {
      this.take(null);
      return;
    }
    const begun = Date.now();
    try {
      const answer = await this.client.check(edited.path, edited.cells);
      // Of a notebook in which nothing ran yet nothing on screen can be out of date.
      this.take(answer.recorded ? { path: edited.path, answer } : null);
    } catch {
      this.take(null);
    }
    // Of a notebook that takes long to look through, the server does not spend more than a tenth of its time on it.
    this.notBefore = Date.now() + 10 * (Date.now() - begun);
  }

  private take(found: { path: string; answer: CheckAnswer } | null): void {
    if (same(found, this.found)) {
      return;
    }
    this.found = found;
    const sentences = new Map<string, string>();
    for (const { cell_id, why } of found?.answer.problems ?? []) {
      const address = found?.answer.latest[cell_id ?? ''];
      if (address !== undefined) {
        const before = sentences.get(address);
        sentences.set(address, before === undefined ? why : `${before} ${why}`);
      }
    }
    if (!same([...sentences], [...this.byAddress])) {
      this.byAddress = sentences;
      this.lookup = (run, n) => sentences.get(`${run}/${n}`);
    }
    this.tell();
  }
}

function keyOf(
  path: string,
  { cell_id, cell, what, why }: CheckProblem
): string {
  return JSON.stringify([path, cell_id ?? cell, what, why]);
}
