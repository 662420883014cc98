/** Replays that were asked for: how far they are, and what came of them. */
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Replay } from '../../../ui/src/ReplayCard';
import type { Client } from '../client';
import { Model, same, sentence } from './model';

export class ReplaysModel extends Model {
  private readonly all = new Map<string, Replay>();
  private readonly endedSignal = new Signal<this, Replay>(this);
  private readonly poll: Poll;
  private failures = 0;

  constructor(
    private readonly client: Client,
    interval_ms = 1000
  ) {
    super();
    this.poll = new Poll({
      auto: false,
      factory: () => this.look(),
      standby: 'never',
      frequency: { interval: interval_ms, backoff: false }
    });
  }

  /** Newest first. */
  get replays(): { job: string; replay: Replay }[] {
    return [...this.all].reverse().map(([job, replay]) => ({ job, replay }));
  }

  /** A replay has ended, one way or the other. */
  get ended(): ISignal<this, Replay> {
    return this.endedSignal;
  }

  async start(address: string): Promise<void> {
    const { job } = await this.client.replay(address);
    this.all.set(job, { address, state: 'running', progress: '' });
    this.tell();
    void this.poll.start();
  }

  dismiss(job: string): void {
    if (this.all.delete(job)) {
      this.tell();
    }
  }

  /** Something is said to have changed. */
  refresh(): Promise<void> {
    return this.look();
  }

  private async look(): Promise<void> {
    const running = [...this.all].filter(
      ([, replay]) => replay.state === 'running'
    );
    if (running.length === 0) {
      void this.poll.stop();
      return;
    }
    await Promise.all(
      running.map(([job, replay]) => this.ask(job, replay.address))
    );
  }

  private async ask(job: string, address: string): Promise<void> {
    let now: Replay;
    try {
      const { state, progress, answer, message } = await this.client.job(job);
      this.failures = 0;
      now =
        state === 'done' && answer !== null
          ? { address, state: 'done', answer }
          : state === 'running'
            ? { address, state, progress }
            : { address, state: 'failed', message: message ?? progress };
    } catch (problem) {
      this.failures += 1;
      if (this.failures < 5) {
        return;
      }
      now = { address, state: 'failed', message: sentence(problem) };
    }
    const before = this.all.get(job);
    if (before?.state !== 'running' || same(before, now)) {
      return;
    }
    this.all.set(job, now);
    this.tell();
    if (now.state !== 'running') {
      this.endedSignal.emit(now);
    }
  }
}
