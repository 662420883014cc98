/** The headings of the table: what a column is, which of its values is the best, and by which one rows are sorted. */
import { useRef } from 'react';
import type { PointerEvent } from 'react';

import { Icon } from '../Icon';
import type { Words } from '../words';
import { useWords } from '../words';
import type { ResultColumn } from './columns';
import { cellId } from './keys';
import { OLDEST } from './sorting';
import { cut } from './values';
import type { ResultsView } from './view';

/** A column that is in sight, and where. */
export interface CellPlace {
  index: number;
  column: ResultColumn | undefined;
  left: number;
  width: number;
}

interface HeaderRowProps {
  grid: string;
  cells: readonly CellPlace[];
  lead: number;
  width: number;
  view: ResultsView;
  /** The active column, null where the active cell is not a heading. */
  active: number | null;
  onSort: (column: ResultColumn | null) => void;
  onResize: (id: string, width: number) => void;
}

export function HeaderRow(props: HeaderRowProps): JSX.Element {
  const { grid, cells, lead, view, active, onSort } = props;
  const words = useWords();
  const { sorted } = view;
  const byTime = sorted === null || sorted.id === OLDEST;
  return (
    <div
      role="row"
      className="lj-results-headings"
      aria-rowindex={1}
      style={{ width: props.width }}
    >
      <div
        role="columnheader"
        id={cellId(grid, { row: 0, column: 0 })}
        className="lj-results-heading lj-results-lead"
        data-active={active === 0 || undefined}
        aria-colindex={1}
        aria-sort={
          !byTime
            ? 'none'
            : sorted?.descending === false
              ? 'ascending'
              : 'descending'
        }
        style={{ width: lead }}
        title={words.__('Sorted by time: newest or oldest first')}
        onClick={() => onSort(null)}
      >
        <span className="lj-results-name">
          {words.__('Result')}
          {byTime && <Arrow descending={sorted?.descending !== false} />}
        </span>
        <span className="lj-results-about">
          {sorted?.id === OLDEST && !sorted.descending
            ? words.__('oldest first')
            : byTime
              ? words.__('newest first')
              : words.__('by time')}
        </span>
      </div>
      {cells.map(
        ({ index, column, left, width }) =>
          column !== undefined && (
            <div
              key={column.id}
              role="columnheader"
              id={cellId(grid, { row: 0, column: index + 1 })}
              className="lj-results-heading"
              data-kind={column.kind}
              data-active={active === index + 1 || undefined}
              aria-colindex={index + 2}
              aria-sort={
                sorted?.id !== column.id
                  ? 'none'
                  : sorted.descending
                    ? 'descending'
                    : 'ascending'
              }
              style={{ left, width }}
              title={cut(`${column.name}\n${about(column, words)}`, 2000)}
              onClick={() => onSort(column)}
            >
              <span className="lj-results-name">
                <span>{cut(column.name)}</span>
                {sorted?.id === column.id && (
                  <Arrow descending={sorted.descending} />
                )}
              </span>
              <span className="lj-results-about">{about(column, words)}</span>
              <Resizer
                width={width}
                onResize={size => props.onResize(column.id, size)}
              />
            </div>
          )
      )}
    </div>
  );
}

function Arrow({ descending }: { descending: boolean }): JSX.Element {
  return (
    <Icon name={descending ? 'down' : 'up'} className="lj-results-arrow" />
  );
}

function about(column: ResultColumn, words: Words): string {
  switch (column.kind) {
    case 'metric':
      return column.best === null
        ? words.__('metric')
        : column.best === 'lowest'
          ? words.__('lower is better')
          : words.__('higher is better');
    case 'curve':
      return words.__('curve');
    case 'parameter':
      return words.__('parameter');
    case 'fact':
      return '';
  }
}

/** The edge that is drawn to make a column wider; keys and readers do without. */
function Resizer({
  width,
  onResize
}: {
  width: number;
  onResize: (width: number) => void;
}): JSX.Element {
  const begun = useRef<{ x: number; width: number } | null>(null);
  const end = (event: PointerEvent<HTMLSpanElement>): void => {
    begun.current = null;
    event.currentTarget.releasePointerCapture(event.pointerId);
  };
  return (
    <span
      className="lj-results-resize"
      aria-hidden="true"
      onClick={event => event.stopPropagation()}
      onPointerDown={event => {
        begun.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={event => {
        if (begun.current !== null) {
          const { x, width: before } = begun.current;
          onResize(Math.max(56, Math.min(640, before + event.clientX - x)));
        }
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}
