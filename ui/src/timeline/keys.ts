/** The keys of the timeline, those of a tree: what is active moves, opens and closes. */
import type { KeyboardEvent } from 'react';

import type { Row, Rows } from '../rows';
import type { RowDeeds } from './TimelineRows';

interface Moves {
  rows: Rows;
  deeds: RowDeeds;
  activeIndex: number;
  move: (index: number) => void;
  /** Further keys: those of a recipe that is shown. */
  extra?: Record<string, () => void>;
}

/** The keys of a tree: up and down, home and end, right opens and left closes, Enter opens what is chosen. */
export function onKey(
  event: KeyboardEvent<HTMLDivElement>,
  moves: Moves
): void {
  const { rows, deeds, activeIndex, move } = moves;
  const row = activeIndex >= 0 ? rows.at(activeIndex) : undefined;
  const step = (by: number): void =>
    move(rows.choosable(clamp(activeIndex + by, rows), by > 0 ? 1 : -1));
  const actions: Record<string, () => void> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(10),
    PageUp: () => step(-10),
    Home: () => move(rows.choosable(0, 1)),
    End: () => move(rows.choosable(rows.length - 1, -1)),
    ArrowRight: () =>
      row?.kind === 'run' && !row.open ? deeds.onToggle(row.run.run) : step(1),
    ArrowLeft: () => {
      if (row?.kind === 'run' && row.open) {
        deeds.onToggle(row.run.run);
      } else if (row?.kind === 'execution') {
        move(rows.indexOf(row.run.run));
      }
    },
    Enter: () => choose(row, deeds),
    ' ': () => choose(row, deeds),
    ContextMenu: () => menu(event.currentTarget, row, deeds),
    ...moves.extra
  };
  const key = event.key === 'F10' && event.shiftKey ? 'ContextMenu' : event.key;
  const action = actions[key];
  if (
    action !== undefined &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey
  ) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

function choose(row: Row | undefined, deeds: RowDeeds): void {
  if (row?.kind === 'run') {
    deeds.onToggle(row.run.run);
  } else if (row?.kind === 'execution') {
    deeds.onOpen(row.run.run, row.n);
  }
}

function menu(list: HTMLElement, row: Row | undefined, deeds: RowDeeds): void {
  const element =
    row === undefined ? null : list.ownerDocument.getElementById(idOf(row.key));
  if (element !== null && (row?.kind === 'run' || row?.kind === 'execution')) {
    const place = element.getBoundingClientRect();
    deeds.onMenu(
      row.run.run,
      row.kind === 'run' ? null : row.n,
      place.left + 24,
      place.top + 24
    );
  }
}

function clamp(index: number, rows: Rows): number {
  return Math.max(0, Math.min(rows.length - 1, index));
}

/** The id of a row's element. */
export function idOf(key: string | null): string {
  return `lj-row-${(key ?? '').replaceAll(/[^\w-]/g, '-')}`;
}

/** Where the row of that key stands, -1 where it does not. */
export function indexOfKey(rows: Rows, key: string): number {
  const [run = '', n] = key.split('/');
  return rows.indexOf(run, n === undefined ? 0 : Number(n));
}
