/**
 * The timeline: days, runs and executions, newest first, in a list that draws only what is in sight.
 *
 * One element holds the focus and names the active row (aria-activedescendant), because rows come and go while it scrolls.
 * What the reader looks at stays where it is when something new arrives above.
 */
import type { KeyboardEvent } from 'react';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState
} from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';

import type { SummaryPart } from '../answers';
import type { Row, Rows } from '../rows';
import { useWords } from '../words';
import { DayRow, ExecutionRow, OlderRow, RunRow } from './TimelineRows';
import { rowHeight } from './sizes';

export interface TimelineProps {
  rows: Rows;
  /** What is known of an execution: undefined while it is on its way, null where it is no longer there. */
  summary: (run: string, n: number) => SummaryPart | null | undefined;
  /** Counts up whenever a summary arrived or changed. */
  revision: number;
  /** The notebook's name belongs to each run where several are shown. */
  showsNotebooks: boolean;
  codeLines: number;
  /** The address of a picture of what the execution showed; absent where no pictures are wanted. */
  thumbnail?: (run: string, n: number) => Promise<string>;
  onInSight: (first: number, last: number) => void;
  onOpen: (run: string, n: number) => void;
  onToggle: (run: string) => void;
  onExport: (run: string) => void;
  onReplay: (run: string) => void;
  onMenu: (run: string, n: number | null, x: number, y: number) => void;
  /** Asks for the focus when it counts up: the reader came back from an entry. */
  focusRequest: number;
}

export function Timeline(props: TimelineProps): JSX.Element {
  const { rows, summary, revision, codeLines, onInSight } = props;
  const words = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const sizeOf = useCallback(
    (index: number) => {
      const row = rows.at(index);
      const known =
        row.kind === 'execution' ? summary(row.run.run, row.n) : null;
      return rowHeight(row, known, codeLines);
    },
    [rows, summary, codeLines]
  );
  const keyOf = useCallback((index: number) => rows.at(index).key, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: sizeOf,
    getItemKey: keyOf,
    overscan: 12
  });
  useSteadyScroll(scroller, virtualizer, rows, revision, sizeOf);

  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= first) {
      onInSight(first, last);
    }
  }, [first, last, rows, onInSight]);

  const activeIndex = active === null ? -1 : indexOfKey(rows, active);
  const move = (index: number): void => {
    if (index >= 0) {
      setActive(rows.at(index).key);
      virtualizer.scrollToIndex(index, { align: 'auto' });
    }
  };
  useFocusRequest(props.focusRequest, scroller);

  return (
    <div
      ref={scroller}
      className="lj-timeline"
      role="tree"
      tabIndex={0}
      aria-label={words.__('Timeline')}
      aria-activedescendant={activeIndex >= 0 ? idOf(active) : undefined}
      onKeyDown={event => onKey(event, { ...props, activeIndex, move })}
      onFocus={() => {
        if (activeIndex < 0) {
          setActive(
            rows.length > 0
              ? rows.at(
                  rows.choosable(
                    Math.max(0, virtualizer.range?.startIndex ?? 0),
                    1
                  )
                ).key
              : null
          );
        }
      }}
    >
      <div
        role="none"
        style={{ height: virtualizer.getTotalSize(), position: 'relative' }}
      >
        {items.map(item => (
          <div
            key={item.key}
            role="none"
            className="lj-row"
            style={{
              height: item.size,
              transform: `translateY(${item.start}px)`
            }}
          >
            <OneRow
              {...props}
              row={rows.at(item.index)}
              active={item.index === activeIndex}
              onActive={setActive}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

interface OneRowProps extends TimelineProps {
  row: Row;
  active: boolean;
  onActive: (key: string) => void;
}

function OneRow(props: OneRowProps): JSX.Element {
  const { row, active, onActive } = props;
  switch (row.kind) {
    case 'day':
      return <DayRow started={row.started} />;
    case 'older':
      return <OlderRow />;
    case 'run':
      return (
        <RunRow
          id={idOf(row.key)}
          run={row.run}
          open={row.open}
          active={active}
          showsNotebook={props.showsNotebooks}
          onToggle={() => {
            onActive(row.key);
            props.onToggle(row.run.run);
          }}
          onExport={() => props.onExport(row.run.run)}
          onReplay={() => props.onReplay(row.run.run)}
          onMenu={(x, y) => props.onMenu(row.run.run, null, x, y)}
        />
      );
    case 'execution':
      return (
        <ExecutionRow
          id={idOf(row.key)}
          n={row.n}
          total={row.run.executions}
          summary={props.summary(row.run.run, row.n)}
          codeLines={props.codeLines}
          active={active}
          thumbnail={
            props.thumbnail &&
            (() => props.thumbnail?.(row.run.run, row.n) ?? Promise.resolve(''))
          }
          onOpen={() => {
            onActive(row.key);
            props.onOpen(row.run.run, row.n);
          }}
          onMenu={(x, y) => props.onMenu(row.run.run, row.n, x, y)}
        />
      );
  }
}

interface Moves extends TimelineProps {
  activeIndex: number;
  move: (index: number) => void;
}

/** The keys of a tree: up and down, home and end, right opens and left closes, Enter opens what is chosen. */
function onKey(event: KeyboardEvent<HTMLDivElement>, props: Moves): void {
  const { rows, activeIndex, move } = props;
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
      row?.kind === 'run' && !row.open ? props.onToggle(row.run.run) : step(1),
    ArrowLeft: () => {
      if (row?.kind === 'run' && row.open) {
        props.onToggle(row.run.run);
      } else if (row?.kind === 'execution') {
        move(rows.indexOf(row.run.run));
      }
    },
    Enter: () => choose(row, props),
    ' ': () => choose(row, props),
    ContextMenu: () => menu(event.currentTarget, row, props)
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

function choose(row: Row | undefined, props: TimelineProps): void {
  if (row?.kind === 'run') {
    props.onToggle(row.run.run);
  } else if (row?.kind === 'execution') {
    props.onOpen(row.run.run, row.n);
  }
}

function menu(
  list: HTMLElement,
  row: Row | undefined,
  props: TimelineProps
): void {
  const element =
    row === undefined ? null : list.ownerDocument.getElementById(idOf(row.key));
  if (element !== null && (row?.kind === 'run' || row?.kind === 'execution')) {
    const place = element.getBoundingClientRect();
    props.onMenu(
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

function idOf(key: string | null): string {
  return `lj-row-${(key ?? '').replaceAll(/[^\w-]/g, '-')}`;
}

function indexOfKey(rows: Rows, key: string): number {
  const [run = '', n] = key.split('/');
  return rows.indexOf(run, n === undefined ? 0 : Number(n));
}

/** Heights change when summaries arrive, rows come in above: the first row in sight stays where it is, unless it is the very top. */
function useSteadyScroll(
  scroller: React.RefObject<HTMLDivElement>,
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
  rows: Rows,
  revision: number,
  sizeOf: (index: number) => number
): void {
  const anchor = useRef<{ key: string; offset: number } | null>(null);
  useLayoutEffect(() => {
    const held = anchor.current;
    const element = scroller.current;
    virtualizer.measure();
    if (held !== null && element !== null && element.scrollTop > 4) {
      const index = indexOfKey(rows, held.key);
      const start =
        index < 0
          ? undefined
          : virtualizer.getOffsetForIndex(index, 'start')?.[0];
      if (
        start !== undefined &&
        Math.abs(start + held.offset - element.scrollTop) > 1
      ) {
        virtualizer.scrollToOffset(start + held.offset);
      }
    }
  }, [rows, revision, sizeOf, virtualizer, scroller]);
  const offset = virtualizer.scrollOffset ?? 0;
  useEffect(() => {
    const item = virtualizer.getVirtualItemForOffset(offset);
    anchor.current =
      item === undefined
        ? null
        : { key: String(item.key), offset: offset - item.start };
  });
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
