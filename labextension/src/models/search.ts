/** What is being looked for, and what was found. */
import { Debouncer } from '@lumino/polling';

import type { HitPart } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { Client } from '../client';
import { Model, loaded } from './model';

const LIMIT = 50;

export class SearchModel extends Model {
  private text = '';
  private found: Loaded<HitPart[]> = LOADING;
  private readonly debouncer: Debouncer<void>;

  constructor(
    private readonly client: Client,
    wait_ms = 200
  ) {
    super();
    this.debouncer = new Debouncer(() => this.fetch(), wait_ms);
  }

  get query(): string {
    return this.text;
  }

  get hits(): Loaded<HitPart[]> {
    return this.found;
  }

  /** Hits of the last query stay until those of this one are there. */
  ask(query: string): void {
    if (query === this.text) {
      return;
    }
    this.text = query;
    if (query.trim() === '') {
      this.found = LOADING;
      void this.debouncer.stop();
    } else {
      // A newer query takes the place of the one that waits, which is told by a rejection.
      this.debouncer.invoke().catch(() => undefined);
    }
    this.tell();
  }

  refresh(): Promise<void> {
    return this.fetch();
  }

  private async fetch(): Promise<void> {
    const query = this.text;
    if (query.trim() === '') {
      return;
    }
    const answer = await loaded(
      async () => (await this.client.search(query, LIMIT)).hits
    );
    if (query === this.text) {
      this.found = answer;
      this.tell();
    }
  }
}
