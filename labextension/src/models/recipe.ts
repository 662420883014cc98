/** The recipe that the timeline shows: what one execution depends on. */
import type { RecipeAnswer } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { Lit } from '../../../ui/src/recipe/lit';
import { litBy } from '../../../ui/src/recipe/lit';
import type { Client } from '../client';
import { Model, loaded } from './model';

export class RecipeModel extends Model {
  private asked: string | null = null;
  private current: Loaded<RecipeAnswer> = LOADING;
  private lit_: Lit | null = null;

  constructor(private readonly client: Client) {
    super();
  }

  /** Whose recipe is shown, null where none is. */
  get address(): string | null {
    return this.asked;
  }

  get recipe(): Loaded<RecipeAnswer> {
    return this.current;
  }

  /** What lights up; the same object as long as it is the same recipe. */
  get lit(): Lit | null {
    return this.lit_;
  }

  async open(address: string): Promise<void> {
    if (address !== this.asked) {
      this.asked = address;
      this.set(LOADING);
    }
    const answer = await loaded(() => this.client.recipe(address));
    if (address === this.asked) {
      this.set(answer);
    }
  }

  close(): void {
    if (this.asked !== null) {
      this.asked = null;
      this.set(LOADING);
    }
  }

  private set(answer: Loaded<RecipeAnswer>): void {
    this.current = answer;
    this.lit_ = answer.state === 'ready' ? litBy(answer.answer) : null;
    this.tell();
  }
}
