/**
 * The timeline: days, runs and executions, newest first, in a list that draws only what is in sight.
 *
 * One element holds the focus and names the active row (aria-activedescendant), because rows come and go while it scrolls.
 * What the reader looks at stays where it is when something new arrives above.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ComponentProps, RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';

import type { SummaryPart } from '../answers';
import type { Lit } from '../recipe/lit';
import { nextStep, partOf } from '../recipe/lit';
import type { Rows } from '../rows';
import { useWords } from '../words';
import { idOf, indexOfKey, onKey } from './keys';
import { OneRow } from './OneRow';
import { heights } from './sizes';
import { useSteadyScroll } from './steady';
import type { RowDeeds } from './TimelineRows';

export interface TimelineProps {
  rows: Rows;
  /**
   * What is known of an execution: undefined while it is on its way, null where it is no longer there. Another function whenever
   * something became known.
   */
  summary: (run: string, n: number) => SummaryPart | null | undefined;
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
  /** The recipe that lights up, while the rest fades. */
  lit?: Lit | null;
  onLeaveRecipe?: () => void;
  /** Why what an execution shows is no longer so. Another function whenever that changes. */
  stale?: (run: string, n: number) => string | undefined;
  /** Asks for the focus when it counts up: the reader came back from an entry. */
  focusRequest: number;
}

export function Timeline(props: TimelineProps): JSX.Element {
  const { rows, summary, codeLines, onInSight } = props;
  const words = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const deeds = useDeeds(props, setActive);
  const sizes = useMemo(
    () => heights(rows, summary, codeLines),
    [rows, summary, codeLines]
  );
  const sizeOf = useCallback((index: number) => sizes[index] ?? 0, [sizes]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: sizeOf,
    overscan: 8
  });
  // The row that the keyboard led to stays in sight while heights change, until the reader scrolls.
  const pursued = useRef<string | null>(null);
  const released = (): void => {
    pursued.current = null;
  };
  useSteadyScroll(scroller, virtualizer, rows, sizes, pursued);

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
      pursued.current = rows.at(index).key;
      setActive(rows.at(index).key);
      virtualizer.scrollToIndex(index, { align: 'auto' });
    }
  };
  useFocusRequest(props.focusRequest, scroller);
  const { lit = null, stale } = props;
  useRevealed(lit, rows, index => {
    if (index >= 0) {
      scroller.current?.focus({ preventScroll: true });
    }
    move(index);
  });
  const toStep = (by: 1 | -1): void => {
    const row = activeIndex >= 0 ? rows.at(activeIndex) : undefined;
    if (lit !== null) {
      const here =
        row?.kind === 'execution' && row.run.run === lit.run
          ? row.n
          : lit.target;
      const next = nextStep(lit, here, by);
      move(rows.indexOf(lit.run, next ?? here));
    }
  };
  const extra = lit && { '[': () => toStep(-1), ']': () => toStep(1) };

  return (
    <div
      ref={scroller}
      className="lj-timeline"
      role="tree"
      tabIndex={0}
      aria-label={words.__('Timeline')}
      data-lit={lit !== null || undefined}
      aria-activedescendant={activeIndex >= 0 ? idOf(active) : undefined}
      onWheel={released}
      onPointerDown={released}
      onKeyDown={event =>
        onKey(event, {
          rows,
          deeds,
          activeIndex,
          move,
          extra: {
            ...extra,
            ...(lit && props.onLeaveRecipe && { Escape: props.onLeaveRecipe })
          }
        })
      }
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
            key={rows.at(item.index).key}
            role="none"
            className="lj-row"
            style={{
              height: item.size,
              transform: `translateY(${item.start}px)`
            }}
          >
            <OneRow
              row={rows.at(item.index)}
              active={item.index === activeIndex}
              summary={summaryAt(rows, item.index, summary)}
              codeLines={codeLines}
              showsNotebooks={props.showsNotebooks}
              {...standing(rows, item.index, lit, stale)}
              deeds={deeds}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

/** What rows can do, in one object that stays the same while the callbacks behind it change. */
function useDeeds(
  props: TimelineProps,
  onActive: (key: string) => void
): RowDeeds {
  const latest = useRef({ props, onActive });
  useEffect(() => {
    latest.current = { props, onActive };
  });
  const pictures = props.thumbnail !== undefined;
  return useMemo(
    () => ({
      onOpen: (run, n) => {
        latest.current.onActive(`${run}/${n}`);
        latest.current.props.onOpen(run, n);
      },
      onToggle: run => {
        latest.current.onActive(run);
        latest.current.props.onToggle(run);
      },
      onExport: run => latest.current.props.onExport(run),
      onReplay: run => latest.current.props.onReplay(run),
      onMenu: (run, n, x, y) => latest.current.props.onMenu(run, n, x, y),
      thumbnail: pictures
        ? (run, n) =>
            latest.current.props.thumbnail?.(run, n) ?? Promise.resolve('')
        : undefined
    }),
    [pictures]
  );
}

/** What a row is in the recipe that is shown, and whether what it shows is still so. */
function standing(
  rows: Rows,
  index: number,
  lit: Lit | null,
  stale: TimelineProps['stale']
): Pick<ComponentProps<typeof OneRow>, 'part' | 'step' | 'stale'> {
  const row = rows.at(index);
  if (row.kind !== 'run' && row.kind !== 'execution') {
    return {};
  }
  const { run } = row.run;
  const n = row.kind === 'execution' ? row.n : 0;
  return {
    part: lit === null ? undefined : partOf(lit, run, n),
    step: lit?.run === run ? lit.steps.get(n) : undefined,
    stale: n > 0 ? stale?.(run, n) : undefined
  };
}

/** A recipe that comes into sight begins at its result. */
function useRevealed(
  lit: Lit | null,
  rows: Rows,
  move: (index: number) => void
): void {
  const index = lit === null ? -1 : rows.indexOf(lit.run, lit.target);
  const seen = useRef<Lit | null>(null);
  useEffect(() => {
    if (lit !== seen.current && (lit === null || index >= 0)) {
      seen.current = lit;
      move(index);
    }
  }, [lit, index, move]);
}

function summaryAt(
  rows: Rows,
  index: number,
  summary: TimelineProps['summary']
): SummaryPart | null | undefined {
  const row = rows.at(index);
  return row.kind === 'execution' ? summary(row.run.run, row.n) : null;
}

function useFocusRequest(
  request: number,
  scroller: RefObject<HTMLDivElement>
): void {
  const seen = useRef(request);
  useEffect(() => {
    if (seen.current !== request) {
      seen.current = request;
      scroller.current?.focus({ preventScroll: true });
    }
  }, [request, scroller]);
}
