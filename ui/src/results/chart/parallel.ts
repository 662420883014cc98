/** Parallel coordinates: every parameter that differs, and a metric. */
import type { Words } from '../../words';
import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
import { cut, said } from '../values';
import type { Colours, Drawn } from './drawing';
import {
  MOST_LINES,
  categories,
  clean,
  finite,
  frame,
  labelOf,
  spread,
  tooltip
} from './drawing';

const MOST_AXES = 12;

export function parallel(
  rows: readonly ResultPart[],
  columns: readonly ResultColumn[],
  metric: ResultColumn,
  chosen: ReadonlySet<string>,
  colours: Colours,
  words: Words
): Drawn | null {
  const axes = [
    ...columns
      .filter(column => column.kind === 'parameter' && differ(rows, column))
      .slice(0, MOST_AXES - 1),
    metric
  ];
  const lines = rows
    .filter(row => finite(metric.read(row)) !== null)
    .slice(0, MOST_LINES);
  if (lines.length === 0 || axes.length < 2) {
    return null;
  }
  const isNumeric = axes.map(column =>
    lines.every(row => {
      const value = column.read(row);
      return value === undefined || finite(value) !== null;
    })
  );
  const values = lines
    .map(row => finite(metric.read(row)))
    .filter(value => value !== null);
  return {
    rows: lines,
    about: words.__(
      'Parallel coordinates of %1 results over %2',
      lines.length,
      axes.map(({ name }) => cut(name, 40)).join(', ')
    ),
    option: {
      ...frame(colours),
      parallel: { left: 48, right: 64, top: 36, bottom: 24 },
      parallelAxis: axes.map((column, dim) => ({
        dim,
        name: clean(column.name, 24),
        nameTextStyle: { color: colours.text },
        type: isNumeric[dim] ? 'value' : 'category',
        scale: true,
        ...(!isNumeric[dim] && {
          data: categories(lines.map(row => column.read(row)))
        }),
        axisLine: { lineStyle: { color: colours.line } },
        // Lines run behind what the axis says.
        axisLabel: {
          color: colours.text,
          backgroundColor: colours.back,
          padding: [1, 3]
        },
        axisTick: { lineStyle: { color: colours.line } }
      })),
      visualMap: {
        show: false,
        dimension: axes.length - 1,
        min: Math.min(...spread(values)),
        max: Math.max(...spread(values)),
        inRange: {
          color:
            metric.best === 'lowest'
              ? [colours.accent, colours.line]
              : [colours.line, colours.accent]
        }
      },
      tooltip: tooltip(colours, index => labelOf(lines[index], metric)),
      series: [
        {
          type: 'parallel',
          smooth: false,
          lineStyle: { width: 1.5, opacity: chosen.size > 0 ? 0.35 : 0.7 },
          emphasis: { lineStyle: { width: 3, opacity: 1 } },
          data: lines.map(row => ({
            value: axes.map((column, dim) => {
              const value = column.read(row);
              return value === undefined
                ? null
                : isNumeric[dim]
                  ? finite(value)
                  : clean(said(value), 24);
            }),
            ...(chosen.has(row.address) && {
              lineStyle: { width: 3, opacity: 1 }
            })
          }))
        }
      ]
    }
  };
}

function differ(rows: readonly ResultPart[], column: ResultColumn): boolean {
  const seen = new Set<string>();
  for (const row of rows) {
    const value = column.read(row);
    if (value !== undefined) {
      seen.add(JSON.stringify(value));
    }
    if (seen.size > 1) {
      return true;
    }
  }
  return false;
}
