/** Where one thing comes from, or what came of it: the short answer, and a graph that grows where more is asked for. */
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import { exhausted, merged } from '../../../ui/src/lineage/graph';
import type { LineageAnswer, WhyAnswer } from '../../../ui/src/origins';
import type { Client } from '../client';
import { Merged, Model, loaded, sentence } from './model';

/** Which way a question looks: back to the roots, or forward to what came of it. */
export type Way = 'before' | 'after';

export interface Question {
  /** What the command line takes, or the id of a node. */
  target: string;
  /** What a person calls it. */
  label: string;
  way: Way;
}

/** Steps and nodes that are asked for at first; cards offer the rest. */
const FIRST = { depth: 8, limit: 200 };
const MORE = { depth: 2, limit: 60 };

export class LineageModel extends Model {
  private readonly asking = new Set<string>();
  private readonly merged = new Merged(() => this.fetch());
  private currentWhy: Loaded<WhyAnswer>;
  private currentLineage: Loaded<LineageAnswer> = LOADING;
  private begun: Promise<void> | null = null;
  private lastProblem = '';
  private shownBusy: ReadonlySet<string> = new Set();

  constructor(
    private readonly client: Client,
    readonly question: Question,
    why: WhyAnswer | null = null
  ) {
    super();
    this.currentWhy = why === null ? LOADING : { state: 'ready', answer: why };
  }

  get why(): Loaded<WhyAnswer> {
    return this.currentWhy;
  }

  get lineage(): Loaded<LineageAnswer> {
    return this.currentLineage;
  }

  /** Nodes of which more is being asked for; the same set while nothing changed. */
  get busy(): ReadonlySet<string> {
    return this.shownBusy;
  }

  get problem(): string {
    return this.lastProblem;
  }

  /** Asks for what is not there yet; once, however often the tab is seen. */
  begin(): Promise<void> {
    this.begun ??= this.merged.request();
    return this.begun;
  }

  /** Asks for everything again. */
  refresh(): Promise<void> {
    this.lastProblem = '';
    return this.merged.request();
  }

  /** Adds what is known on one side of a node. */
  async expand(id: string, way: Way): Promise<void> {
    const before = this.currentLineage;
    if (before.state !== 'ready' || this.asking.has(id)) {
      return;
    }
    this.setBusy(id, true);
    this.lastProblem = '';
    try {
      const more = await this.client.lineage(id, way, MORE);
      // Others may have been expanded meanwhile: what is here now grows.
      if (this.currentLineage.state === 'ready') {
        this.currentLineage = {
          state: 'ready',
          answer: grown(this.currentLineage.answer, more, id, way)
        };
      }
    } catch (problem) {
      this.lastProblem = sentence(problem);
    } finally {
      this.setBusy(id, false);
    }
  }

  private async fetch(): Promise<void> {
    const { target, way } = this.question;
    const [why, lineage] = await Promise.all([
      loaded(() => this.client.why(target, way === 'after')),
      loaded(() => this.client.lineage(target, way, FIRST))
    ]);
    this.currentWhy = why;
    this.currentLineage = lineage;
    this.tell();
  }

  private setBusy(id: string, on: boolean): void {
    if (on) {
      this.asking.add(id);
    } else {
      this.asking.delete(id);
    }
    this.shownBusy = new Set(this.asking);
    this.tell();
  }
}

/** What is known with the answer about one side of a node; that side is not offered again where nothing came. */
function grown(
  known: LineageAnswer,
  more: LineageAnswer,
  id: string,
  way: Way
): LineageAnswer {
  const all = merged(known, more);
  return all.edges.length === known.edges.length
    ? exhausted(all, id, way)
    : all;
}

/** The execution that a sentence of the server names between commas, null where it names none. */
export function addressIn(message: string): string | null {
  return /, ([A-Za-z0-9]+\/[1-9][0-9]*), /.exec(message)?.[1] ?? null;
}
