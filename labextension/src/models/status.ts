/** Whether recording is on, and what the journal holds. */
import type { StatusAnswer } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { Client } from '../client';
import { Merged, Model, loaded, same } from './model';

export class StatusModel extends Model {
  private current: Loaded<StatusAnswer> = LOADING;
  private readonly merged = new Merged(() => this.fetch());

  constructor(private readonly client: Client) {
    super();
  }

  get status(): Loaded<StatusAnswer> {
    return this.current;
  }

  refresh(): Promise<void> {
    return this.merged.request();
  }

  /** Pauses or resumes recording in all kernels of this user. */
  async record(on: boolean): Promise<void> {
    await this.client.record(on);
    await this.refresh();
  }

  private async fetch(): Promise<void> {
    const answer = await loaded(() => this.client.status());
    if (!same(this.current, answer)) {
      this.current = answer;
      this.tell();
    }
  }
}
