/** Replays and proofs of notebooks that were asked for: how far they are, and what came of them. */
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type {
  ExportAnswer,
  JobAnswer,
  ReplayAnswer,
  Which
} from '../../../ui/src/answers';
import type { ExportChoice } from '../../../ui/src/ExportForm';
import type { Proof } from '../../../ui/src/ProofCard';
import type { Replay } from '../../../ui/src/ReplayCard';
import type { Client } from '../client';
import { Model, same, sentence } from './model';

export type Task =
  { kind: 'replay'; replay: Replay } | { kind: 'export'; proof: Proof };

export class JobsModel extends Model {
  private readonly all = new Map<string, Task>();
  private readonly endedSignal = new Signal<this, Task>(this);
  private readonly poll: Poll;
  private failures = 0;
  private remembered = false;
  private made = 0;

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
  get tasks(): { job: string; task: Task }[] {
    return [...this.all].reverse().map(([job, task]) => ({ job, task }));
  }

  /** One has ended, one way or the other. */
  get ended(): ISignal<this, Task> {
    return this.endedSignal;
  }

  async replay(address: string, environment: Which): Promise<void> {
    const { job } = await this.client.replay(address, environment);
    this.begun(job, {
      kind: 'replay',
      replay: { address, environment, state: 'running', progress: '' }
    });
  }

  async prove(
    address: string,
    choice: ExportChoice,
    force: boolean
  ): Promise<void> {
    const { job } = await this.client.prove(address, choice, force);
    this.begun(job, {
      kind: 'export',
      proof: { address, path: choice.path, state: 'running', progress: '' }
    });
  }

  /** An export that nobody ran, and of which there is more to say than where it is. */
  exported(answer: ExportAnswer): void {
    this.made += 1;
    this.all.set(`made${this.made}`, {
      kind: 'export',
      proof: {
        address: answer.address,
        path: answer.server_path ?? null,
        state: 'done',
        answer
      }
    });
    this.tell();
  }

  /** What was begun before this page was loaded and still runs; asked for once. */
  async remember(): Promise<void> {
    if (this.remembered) {
      return;
    }
    this.remembered = true;
    try {
      const { jobs } = await this.client.jobs();
      for (const answer of jobs) {
        if (
          answer.job !== undefined &&
          answer.state === 'running' &&
          !this.all.has(answer.job)
        ) {
          this.begun(answer.job, taskOf(answer));
        }
      }
    } catch {
      // An older server does not tell; what is begun here is known anyway.
    }
  }

  async stop(job: string): Promise<void> {
    const { answer, ...rest } = await this.client.stop(job);
    this.take(job, { ...rest, answer });
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

  private begun(job: string, task: Task): void {
    this.all.set(job, task);
    this.tell();
    void this.poll.start();
  }

  private async look(): Promise<void> {
    const running = [...this.all].filter(([, task]) => isRunning(task));
    if (running.length === 0) {
      void this.poll.stop();
      return;
    }
    await Promise.all(running.map(([job]) => this.ask(job)));
  }

  private async ask(job: string): Promise<void> {
    try {
      const answer = await this.client.job(job);
      this.failures = 0;
      this.take(job, answer);
    } catch (problem) {
      this.failures += 1;
      if (this.failures >= 5) {
        const message = sentence(problem);
        this.take(job, {
          state: 'failed',
          progress: '',
          answer: null,
          message
        });
      }
    }
  }

  private take(job: string, answer: JobAnswer): void {
    const before = this.all.get(job);
    if (before === undefined || !isRunning(before)) {
      return;
    }
    const now =
      before.kind === 'replay'
        ? taskOf(
            { ...answer, kind: before.kind, address: before.replay.address },
            before.replay.environment
          )
        : taskOf({
            ...answer,
            kind: before.kind,
            address: before.proof.address,
            path: before.proof.path
          });
    if (same(before, now)) {
      return;
    }
    this.all.set(job, now);
    this.tell();
    if (!isRunning(now)) {
      this.endedSignal.emit(now);
    }
  }
}

function isRunning(task: Task): boolean {
  return (
    (task.kind === 'replay' ? task.replay.state : task.proof.state) ===
    'running'
  );
}

function taskOf(job: JobAnswer, environment?: Which): Task {
  const address = job.address ?? '';
  return job.kind === 'export'
    ? {
        kind: 'export',
        proof: {
          address,
          path: job.path ?? null,
          ...stateOf<ExportAnswer>(job)
        }
      }
    : {
        kind: 'replay',
        replay: {
          address,
          ...(environment !== undefined && { environment }),
          ...stateOf<ReplayAnswer>(job)
        }
      };
}

type State<Answer> =
  | { state: 'running'; progress: string }
  | { state: 'failed'; message: string }
  | { state: 'stopped' }
  | { state: 'done'; answer: Answer };

/** The kind of a job says of which kind its answer is. */
function stateOf<Answer extends ReplayAnswer | ExportAnswer>({
  state,
  progress,
  answer,
  message
}: JobAnswer): State<Answer> {
  if (state === 'done' && answer !== null) {
    return { state, answer: answer as Answer };
  }
  if (state === 'running') {
    return { state, progress };
  }
  return state === 'stopped'
    ? { state }
    : { state: 'failed', message: message || progress };
}
