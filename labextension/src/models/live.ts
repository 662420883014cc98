/**
 * Live updates: the server says which executions changed (ids only), the models that show them ask again.
 *
 * Updates are gathered and passed on a few times a second at most, and only while the panel is visible; when it becomes visible
 * again, everything shown is asked for once.
 */
import type { JournalModel } from './journal';

export const SCHEMA_ID = 'https://labjournal/events/journal/v1';

/** After these, a run may have other results than before. */
const TELLING = new Set(['ended', 'run', 'annotation']);

export interface Change {
  what: string;
  run?: string;
  n?: number;
}

export class Live {
  private readonly waiting: Change[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private shown = false;

  constructor(
    private readonly journal: JournalModel,
    private readonly wait_ms = 250
  ) {}

  get visible(): boolean {
    return this.shown;
  }

  set visible(visible: boolean) {
    if (visible === this.shown) {
      return;
    }
    this.shown = visible;
    if (visible) {
      this.waiting.length = 0;
      void this.journal.refreshAll();
    }
  }

  /** An event as it came from the server; others than ours are none of our business. */
  heard(event: Readonly<Record<string, unknown>>): void {
    const change = changeOf(event);
    if (change === null) {
      return;
    }
    if (change.what === 'replay') {
      void this.journal.jobs.refresh();
    }
    // A table of results may be seen in a tab of its own.
    if (!this.shown && !this.journal.results.followed) {
      return;
    }
    this.waiting.push(change);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.pass();
    }, this.wait_ms);
  }

  private pass(): void {
    const changes = this.waiting.splice(0);
    const { timeline, entry, versions, status, results } = this.journal;
    const what = new Set(changes.map(change => change.what));
    const told = changes.filter(change => TELLING.has(change.what));
    for (const run of new Set(told.map(change => change.run))) {
      if (run !== undefined) {
        results.touched(run);
      }
    }
    if (!this.shown) {
      return;
    }
    for (const { run, n } of changes) {
      if (run !== undefined && n !== undefined && n > 0) {
        timeline.touched(run, n);
        if (entry.address === `${run}/${n}`) {
          void entry.refresh();
        }
      }
    }
    if (
      ['started', 'ended', 'run', 'annotation'].some(kind => what.has(kind))
    ) {
      void timeline.refresh();
    }
    if (what.has('ended')) {
      this.journal.checks.touched();
    }
    if (what.has('started') || what.has('ended')) {
      void versions.refresh();
    }
    if (what.has('ended') || what.has('status') || what.has('run')) {
      void status.refresh();
    }
  }
}

function changeOf(event: Readonly<Record<string, unknown>>): Change | null {
  const { schema_id, what, run, n } = event;
  if (schema_id !== SCHEMA_ID || typeof what !== 'string') {
    return null;
  }
  return {
    what,
    run: typeof run === 'string' ? run : undefined,
    n: typeof n === 'number' ? n : undefined
  };
}
