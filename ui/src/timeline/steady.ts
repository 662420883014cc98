/** A list that stays where the reader left it while rows come in above or change their height. */
import type { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';
import { useEffect, useLayoutEffect, useRef } from 'react';

import type { Rows } from '../rows';
import { indexOfKey } from './keys';

/** Heights change when summaries arrive, rows come in above: the first row in sight stays where it is, unless it is the very top. */
export function useSteadyScroll(
  scroller: RefObject<HTMLDivElement>,
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
  rows: Rows,
  sizes: Uint16Array,
  pursued: RefObject<string | null>
): void {
  const anchor = useRef<{ key: string; offset: number } | null>(null);
  useLayoutEffect(() => {
    const held = anchor.current;
    const element = scroller.current;
    virtualizer.measure();
    const wanted = pursued.current;
    if (wanted !== null && indexOfKey(rows, wanted) >= 0) {
      virtualizer.scrollToIndex(indexOfKey(rows, wanted), { align: 'auto' });
    } else if (held !== null && element !== null && element.scrollTop > 4) {
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
  }, [rows, sizes, virtualizer, scroller, pursued]);
  const offset = virtualizer.scrollOffset ?? 0;
  useEffect(() => {
    const item = virtualizer.getVirtualItemForOffset(offset);
    anchor.current =
      item === undefined
        ? null
        : { key: rows.at(item.index).key, offset: offset - item.start };
  });
}
