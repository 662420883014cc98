/** Every version of the cell that is selected in the notebook. */
import type { VersionPart } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { Client } from '../client';
import { Merged, Model, loaded, same } from './model';

export interface Cell {
  notebook: string;
  cellId: string;
}

export class VersionsModel extends Model {
  private cell_: Cell | null = null;
  private current: Loaded<VersionPart[]> = LOADING;
  private readonly merged = new Merged(() => this.fetch());

  constructor(private readonly client: Client) {
    super();
  }

  get cell(): Cell | null {
    return this.cell_;
  }

  get versions(): Loaded<VersionPart[]> {
    return this.current;
  }

  show(cell: Cell | null): Promise<void> {
    if (same(cell, this.cell_)) {
      return Promise.resolve();
    }
    this.cell_ = cell;
    this.current = LOADING;
    this.tell();
    return this.refresh();
  }

  refresh(): Promise<void> {
    return this.cell_ === null ? Promise.resolve() : this.merged.request();
  }

  private async fetch(): Promise<void> {
    const cell = this.cell_;
    if (cell === null) {
      return;
    }
    const answer = await loaded(
      async () =>
        (await this.client.versions(cell.notebook, cell.cellId)).versions
    );
    if (cell === this.cell_ && !same(answer, this.current)) {
      this.current = answer;
      this.tell();
    }
  }
}
