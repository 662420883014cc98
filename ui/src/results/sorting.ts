/** What a heading does to the order of rows. */
import type { ResultColumn } from './columns';
import type { ResultsView } from './view';

/** Stands for the first column: newest first is no sorting, oldest first is. */
export const OLDEST = 'fact:started';

/** Best first, where that is known, then the other way, then newest first again. */
export function sortedBy(
  view: ResultsView,
  column: ResultColumn | null
): ResultsView {
  const { sorted } = view;
  const id = column?.id ?? OLDEST;
  const first = column !== null && descendingFirst(column);
  if (sorted?.id !== id) {
    return { ...view, sorted: { id, descending: first } };
  }
  const again = column !== null && sorted.descending === first;
  return { ...view, sorted: again ? { id, descending: !first } : null };
}

function descendingFirst({ kind, best }: ResultColumn): boolean {
  return best === null
    ? kind === 'metric' || kind === 'curve'
    : best === 'highest';
}
