/** What all models share: they say when they changed, keep quiet when nothing did, and never ask twice at once. */
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Loaded } from '../../../ui/src/loaded';
import { ServerPartMissing } from '../client';

export class Model {
  private readonly signal = new Signal<this, void>(this);

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  protected tell(): void {
    this.signal.emit();
  }
}

/** The same request for work, made while it is being done, leads to one more round and no more. */
export class Merged {
  private running: Promise<void> | null = null;
  private again = false;

  constructor(private readonly work: () => Promise<void>) {}

  request(): Promise<void> {
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.running = this.rounds().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async rounds(): Promise<void> {
    do {
      this.again = false;
      await this.work();
    } while (this.again);
  }
}

/** The answer, or what to say where there is none. */
export async function loaded<T>(
  question: () => Promise<T>
): Promise<Loaded<T>> {
  try {
    return { state: 'ready', answer: await question() };
  } catch (problem) {
    return problem instanceof ServerPartMissing
      ? { state: 'missing' }
      : { state: 'failed', message: sentence(problem) };
  }
}

export function sentence(problem: unknown): string {
  return problem instanceof Error && problem.message !== ''
    ? problem.message
    : String(problem);
}

/** Whether two answers say the same. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
