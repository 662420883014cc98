/**
 * The table of results: what was tried, newest first or by a column, only drawn where it is in sight, in both directions.
 *
 * One element holds the focus and names the active cell (aria-activedescendant), because rows and columns come and go while it
 * scrolls. Row 0 is the header; column 0 says which result it is and stays while the others move.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState
} from 'react';

import { useWords } from '../words';
import type { ResultPart } from './answers';
import type { ResultColumn } from './columns';
import { bests } from './columns';
import { HeaderRow } from './HeaderRow';
import type { Place } from './keys';
import { cellId, onKey } from './keys';
import type { RowDeeds } from './ResultRow';
import { ResultRow } from './ResultRow';
import { useRows } from './rows';
import { sortedBy } from './sorting';
import type { ResultsView } from './view';
import { toggled } from './view';

export interface ResultsTableProps extends Omit<
  RowDeeds,
  'onPin' | 'onSelect' | 'onActive'
> {
  rows: readonly ResultPart[];
  columns: readonly ResultColumn[];
  view: ResultsView;
  onView: (view: ResultsView) => void;
  /** The notebook's name belongs to each row where several are shown. */
  showsNotebooks: boolean;
  /** What is shown of the rows that pass the filters, said to who draws charts of them. */
  children?: (shown: readonly ResultPart[]) => JSX.Element | null;
  /** Asks for the focus when it counts up. */
  focusRequest: number;
}

export const ROW_HEIGHT = 44;
export const HEAD_HEIGHT = 44;
const NARROW = 560;

export function ResultsTable(props: ResultsTableProps): JSX.Element {
  const { columns, view, onView } = props;
  const words = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useId();
  const shownColumns = useMemo(
    () => columns.filter(column => view.columns[column.id] ?? column.first),
    [columns, view.columns]
  );
  const { pinned, center, shown } = useRows(props.rows, shownColumns, view);
  const best = useMemo(() => bests(shown, shownColumns), [shown, shownColumns]);
  const [active, setActive] = useState<Place | null>(null);
  const widthOf = useCallback(
    (index: number): number => {
      const column = shownColumns[index];
      return column === undefined
        ? 0
        : (view.widths[column.id] ?? column.width);
    },
    [shownColumns, view.widths]
  );
  const head = HEAD_HEIGHT + pinned.length * ROW_HEIGHT;
  const down = useVirtualizer({
    count: center.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    scrollMargin: head,
    scrollPaddingStart: head
  });
  const lead = (down.scrollRect?.width ?? 0) < NARROW ? 172 : 296;
  const across = useVirtualizer({
    horizontal: true,
    count: shownColumns.length,
    getScrollElement: () => scroller.current,
    estimateSize: widthOf,
    overscan: 2,
    scrollMargin: lead,
    scrollPaddingStart: lead
  });
  useEffect(() => across.measure(), [across, widthOf]);
  useFocusRequest(props.focusRequest, scroller);

  const all = useMemo(() => [...pinned, ...center], [pinned, center]);
  const deeds = useDeeds(props, place => setActive(place));
  const width = lead + across.getTotalSize();
  const items = across.getVirtualItems();
  // The same array while the same columns are in sight: rows that stay are not drawn again.
  const inSight = useMemo(
    () =>
      items.map(item => ({
        index: item.index,
        column: shownColumns[item.index],
        left: item.start,
        width: item.size
      })),
    [items, shownColumns]
  );
  const move = (place: Place): void => {
    setActive(place);
    const below = place.row - 1 - pinned.length;
    if (below >= 0) {
      down.scrollToIndex(below, { align: 'auto' });
    }
    if (place.column > 0) {
      across.scrollToIndex(place.column - 1, { align: 'auto' });
    }
  };
  const row = (
    result: ResultPart,
    index: number,
    top: number,
    fixed = false
  ) => (
    <ResultRow
      key={result.address}
      grid={grid}
      row={result}
      index={index}
      top={top}
      width={width}
      lead={lead}
      fixed={fixed}
      showsNotebook={props.showsNotebooks}
      cells={inSight}
      best={best}
      active={active?.row === index ? active.column : null}
      selected={view.selected.includes(result.address)}
      pinned={view.pinned.includes(result.address)}
      deeds={deeds}
    />
  );
  return (
    <>
      <div
        ref={scroller}
        id={grid}
        className="lj-results-grid"
        role="grid"
        tabIndex={0}
        aria-label={words.__('Results')}
        aria-description={words.__(
          'Enter on a heading sorts, on a row opens it; space chooses a row, S stars it, P pins it; Shift+F10 opens its menu.'
        )}
        aria-rowcount={all.length + 1}
        aria-colcount={shownColumns.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={
          active === null ? undefined : cellId(grid, active)
        }
        onKeyDown={event =>
          onKey(event, {
            rows: all,
            columns: shownColumns,
            active,
            page: Math.max(
              1,
              Math.floor(((down.scrollRect?.height ?? 0) - head) / ROW_HEIGHT)
            ),
            move,
            deeds,
            onSort: column => onView(sortedBy(view, column))
          })
        }
        onFocus={() => {
          if (active === null) {
            setActive({ row: all.length > 0 ? 1 : 0, column: 0 });
          }
        }}
      >
        <div
          role="none"
          style={{
            position: 'relative',
            width,
            minWidth: '100%',
            height: head + down.getTotalSize()
          }}
        >
          <div role="rowgroup" className="lj-results-head" style={{ width }}>
            <HeaderRow
              grid={grid}
              cells={inSight}
              lead={lead}
              width={width}
              view={view}
              active={active?.row === 0 ? active.column : null}
              onSort={column => onView(sortedBy(view, column))}
              onResize={(id, size) =>
                onView({ ...view, widths: { ...view.widths, [id]: size } })
              }
            />
            {pinned.map((result, index) =>
              row(result, index + 1, HEAD_HEIGHT + index * ROW_HEIGHT, true)
            )}
          </div>
          <div role="rowgroup">
            {down.getVirtualItems().map(item => {
              const result = center[item.index];
              return result === undefined
                ? null
                : row(result, item.index + 1 + pinned.length, item.start);
            })}
          </div>
          {all.length === 0 && (
            <p className="lj-results-nothing">
              {props.rows.length === 0
                ? words.__('On their way…')
                : words.__('No result passes the filters.')}
            </p>
          )}
        </div>
      </div>
      {props.children?.(shown)}
    </>
  );
}

/** What rows can do, in one object that stays the same while what is behind it changes. */
function useDeeds(
  props: ResultsTableProps,
  onActive: (place: Place) => void
): RowDeeds {
  const latest = useRef({ props, onActive });
  useEffect(() => {
    latest.current = { props, onActive };
  });
  const pictures = props.thumbnail !== undefined;
  const notebooks = props.onNotebook !== undefined;
  return useMemo(
    () => ({
      onOpen: row => latest.current.props.onOpen(row),
      onGoToCell: row => latest.current.props.onGoToCell(row),
      onWhy: row => latest.current.props.onWhy(row),
      onNotebook: notebooks
        ? row => latest.current.props.onNotebook?.(row)
        : undefined,
      onMenu: (row, x, y) => latest.current.props.onMenu(row, x, y),
      onStar: row => latest.current.props.onStar(row),
      onActive: place => latest.current.onActive(place),
      onPin: ({ address }) => {
        const { view, onView } = latest.current.props;
        onView({ ...view, pinned: toggled(view.pinned, address) });
      },
      onSelect: ({ address }) => {
        const { view, onView } = latest.current.props;
        onView({ ...view, selected: toggled(view.selected, address) });
      },
      thumbnail: pictures
        ? (run, n) =>
            latest.current.props.thumbnail?.(run, n) ?? Promise.resolve('')
        : undefined
    }),
    [pictures, notebooks]
  );
}

function useFocusRequest(
  request: number,
  scroller: React.RefObject<HTMLDivElement>
): void {
  const seen = useRef(request);
  useEffect(() => {
    if (seen.current !== request) {
      seen.current = request;
      scroller.current?.focus({ preventScroll: true });
    }
  }, [request, scroller]);
}
