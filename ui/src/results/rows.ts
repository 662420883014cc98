/** Which rows are shown, and in which order: filtered, sorted and pinned by the table model. */
import {
  columnFilteringFeature,
  createFilteredRowModel,
  createSortedRowModel,
  rowPinningFeature,
  rowSortingFeature,
  tableFeatures,
  useTable
} from '@tanstack/react-table';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';

import type { ResultPart } from './answers';
import type { ResultColumn } from './columns';
import { OLDEST } from './sorting';
import { compare, sortable } from './values';
import type { Filters, ResultsView } from './view';
import { passes } from './view';

const features = tableFeatures({
  columnFilteringFeature,
  rowSortingFeature,
  rowPinningFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel()
});

type Definition = ColumnDef<typeof features, ResultPart, unknown>;

/** What all filters together look at. */
const ROW = 'row';

interface ShownRows {
  /** Stay on top whatever is filtered. */
  pinned: readonly ResultPart[];
  center: readonly ResultPart[];
  /** What passes the filters, in the order of the table, pinned or not. */
  shown: readonly ResultPart[];
}

export function useRows(
  rows: readonly ResultPart[],
  columns: readonly ResultColumn[],
  view: Pick<ResultsView, 'filters' | 'sorted' | 'pinned'>
): ShownRows {
  const { filters, sorted, pinned } = view;
  const definitions = useMemo(
    () => [whole(), ...columns.map(defined)],
    [columns]
  );
  const there = useMemo(() => new Set(rows.map(row => row.address)), [rows]);
  const state = useMemo(
    () => ({
      columnFilters: [{ id: ROW, value: filters }],
      sorting:
        sorted === null || !columns.some(({ id }) => id === sorted.id)
          ? startedOnly(sorted)
          : [{ id: sorted.id, desc: sorted.descending }],
      rowPinning: {
        top: pinned.filter(address => there.has(address)),
        bottom: []
      }
    }),
    [filters, sorted, pinned, columns, there]
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as ResultPart[],
    getRowId: row => row.address,
    keepPinnedRows: true,
    state
  });
  const top = table.getTopRows();
  const center = table.getCenterRows();
  const shown = table.getRowModel().rows;
  return useMemo(
    () => ({
      pinned: top.map(row => row.original),
      center: center.map(row => row.original),
      shown: shown.map(row => row.original)
    }),
    [top, center, shown]
  );
}

function startedOnly(
  sorted: ResultsView['sorted']
): { id: string; desc: boolean }[] {
  return sorted?.id === OLDEST ? [{ id: ROW, desc: sorted.descending }] : [];
}

function whole(): Definition {
  return {
    id: ROW,
    accessorFn: row => row.started,
    sortFn: (a, b) => compare(a.original.started, b.original.started),
    filterFn: (row, _id, filters: Filters) => passes(row.original, filters)
  };
}

function defined(column: ResultColumn): Definition {
  return {
    id: column.id,
    accessorFn: row => sortable(column.read(row)),
    sortUndefined: 'last',
    sortFn: (a, b, id) =>
      compare(
        a.getValue<ReturnType<typeof sortable>>(id),
        b.getValue<ReturnType<typeof sortable>>(id)
      )
  };
}
