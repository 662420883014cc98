/** What changed: the two that are compared, and what the journal says about them. */
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { DiffAnswer } from '../../../ui/src/origins';
import type { Client } from '../client';
import { Merged, Model, loaded, same } from './model';

/** Without `from`, it is compared with the notebook's run before. */
export interface Asked {
  address: string;
  from?: string;
}

export class ChangesModel extends Model {
  private asked_: Asked | null = null;
  private current: Loaded<DiffAnswer> = LOADING;
  private readonly merged = new Merged(() => this.fetch());

  constructor(private readonly client: Client) {
    super();
  }

  /** What is asked about, null where nothing is. */
  get asked(): Asked | null {
    return this.asked_;
  }

  get diff(): Loaded<DiffAnswer> {
    return this.current;
  }

  open(asked: Asked): Promise<void> {
    if (!same(asked, this.asked_)) {
      this.asked_ = asked;
      this.current = LOADING;
      this.tell();
    }
    return this.refresh();
  }

  close(): void {
    if (this.asked_ !== null) {
      this.asked_ = null;
      this.tell();
    }
  }

  refresh(): Promise<void> {
    return this.asked_ === null ? Promise.resolve() : this.merged.request();
  }

  private async fetch(): Promise<void> {
    const asked = this.asked_;
    if (asked === null) {
      return;
    }
    const answer = await loaded(() =>
      asked.from === undefined
        ? this.client.diff(asked.address)
        : this.client.diff(asked.from, asked.address)
    );
    if (asked === this.asked_ && !same(answer, this.current)) {
      this.current = answer;
      this.tell();
    }
  }
}
