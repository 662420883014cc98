/** The keys of the table, those of a grid: the active cell moves, headings sort, rows open, are chosen, starred and pinned. */
import type { KeyboardEvent } from 'react';

import type { ResultPart } from './answers';
import type { ResultColumn } from './columns';
import type { RowDeeds } from './ResultRow';

/** Row 0 is the header, column 0 the one that says which result it is. */
export interface Place {
  row: number;
  column: number;
}

interface Moves {
  rows: readonly ResultPart[];
  columns: readonly ResultColumn[];
  active: Place | null;
  /** Rows that are in sight at once. */
  page: number;
  move: (place: Place) => void;
  deeds: RowDeeds;
  onSort: (column: ResultColumn | null) => void;
}

export function onKey(
  event: KeyboardEvent<HTMLDivElement>,
  moves: Moves
): void {
  const { rows, columns, deeds } = moves;
  const { row, column } = moves.active ?? { row: 0, column: 0 };
  const far = event.ctrlKey || event.metaKey;
  const result = rows[row - 1];
  const to = (nextRow: number, nextColumn: number): void =>
    moves.move({
      row: Math.max(0, Math.min(rows.length, nextRow)),
      column: Math.max(0, Math.min(columns.length, nextColumn))
    });
  const on = (deed: (result: ResultPart) => void): void => {
    if (result !== undefined) {
      deed(result);
    }
  };
  const actions: Record<string, (() => void) | undefined> = {
    ArrowDown: () => to(far ? rows.length : row + 1, column),
    ArrowUp: () => to(far ? 0 : row - 1, column),
    ArrowRight: () => to(row, far ? columns.length : column + 1),
    ArrowLeft: () => to(row, far ? 0 : column - 1),
    PageDown: () => to(row + moves.page, column),
    PageUp: () => to(row - moves.page, column),
    Home: () => to(far ? 0 : row, 0),
    End: () => to(far ? rows.length : row, columns.length),
    Enter: () =>
      result === undefined
        ? moves.onSort(columns[column - 1] ?? null)
        : deeds.onOpen(result),
    ' ': () =>
      result === undefined
        ? moves.onSort(columns[column - 1] ?? null)
        : deeds.onSelect(result),
    ...(!far && {
      s: () => on(deeds.onStar),
      p: () => on(deeds.onPin),
      w: () => on(deeds.onWhy)
    }),
    ContextMenu: () => on(shown => menu(event.currentTarget, shown, deeds, row))
  };
  const key = event.key === 'F10' && event.shiftKey ? 'ContextMenu' : event.key;
  const action = actions[key];
  if (
    action !== undefined &&
    !event.altKey &&
    event.target === event.currentTarget
  ) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

function menu(
  grid: HTMLElement,
  result: ResultPart,
  deeds: RowDeeds,
  row: number
): void {
  const cell = grid.ownerDocument.getElementById(
    cellId(grid.id, { row, column: 0 })
  );
  if (cell !== null) {
    const place = cell.getBoundingClientRect();
    deeds.onMenu(result, place.left + 24, place.top + 24);
  }
}

/** The id of a cell's element. */
export function cellId(grid: string, { row, column }: Place): string {
  return `${grid}-${row}-${column}`;
}
