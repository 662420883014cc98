/** Kernels that execute cells of which the journal hears nothing: started without the recorder, or before it was installed. */
import type { Client } from '../client';
import { Model, loaded } from './model';

const RUNS_LOOKED_AT = 30;

export class KernelsModel extends Model {
  private readonly known = new Map<string, 'asking' | 'seen' | 'unseen'>();

  constructor(
    private readonly client: Client,
    /** An execution reaches the journal within a moment; so much later it does not come any more. */
    private readonly patience_ms = 4000
  ) {
    super();
  }

  isUnseen(kernelId: string | null): boolean {
    return kernelId !== null && this.known.get(kernelId) === 'unseen';
  }

  /** The kernel executed a cell, while recording was on. */
  async executed(kernelId: string): Promise<void> {
    const before = this.known.get(kernelId);
    if (before === 'asking' || before === 'seen') {
      return;
    }
    this.known.set(kernelId, 'asking');
    await new Promise(resolve => setTimeout(resolve, this.patience_ms));
    const answer = await loaded(() =>
      this.client.runs({ limit: RUNS_LOOKED_AT })
    );
    if (answer.state !== 'ready') {
      this.known.delete(kernelId);
      return;
    }
    const seen = answer.answer.runs.some(run => run.kernel_id === kernelId);
    this.known.set(kernelId, seen ? 'seen' : 'unseen');
    if (!seen || before === 'unseen') {
      this.tell();
    }
  }
}
