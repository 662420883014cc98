/** What of the timeline lights up when a recipe is shown, and what fades. */
import type { RecipeAnswer, StepPart } from '../answers';
import { parts } from '../answers';

export interface Lit {
  address: string;
  run: string;
  target: number;
  steps: ReadonlyMap<number, StepPart>;
}

export type Part = 'target' | 'step' | 'cautious' | 'out';

export function litBy(recipe: RecipeAnswer): Lit {
  return {
    address: recipe.address,
    run: recipe.run,
    target: parts(recipe.address).n ?? 0,
    steps: new Map(recipe.steps.map(step => [step.n, step]))
  };
}

/** Which part an execution has; n = 0 is the run itself. */
export function partOf(lit: Lit, run: string, n: number): Part | undefined {
  if (run !== lit.run) {
    return 'out';
  }
  if (n === 0) {
    return undefined;
  }
  if (n === lit.target) {
    return 'target';
  }
  const step = lit.steps.get(n);
  return step === undefined ? 'out' : step.cautious ? 'cautious' : 'step';
}

/** The next execution of the recipe, later or earlier than `n`; null at either end. */
export function nextStep(lit: Lit, n: number, by: 1 | -1): number | null {
  const beyond = [...lit.steps.keys()].filter(step =>
    by > 0 ? step > n : step < n
  );
  return beyond.length === 0
    ? null
    : by > 0
      ? Math.min(...beyond)
      : Math.max(...beyond);
}
