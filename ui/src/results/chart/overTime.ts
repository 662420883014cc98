/** A metric over time, and the best so far. */
import { short } from '../../telling';
import type { Words } from '../../words';
import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
import { cut } from '../values';
import type { Colours, Drawn } from './drawing';
import {
  axis,
  clean,
  finite,
  frame,
  labelOf,
  named,
  point,
  spread,
  tooltip
} from './drawing';

export function overTime(
  rows: readonly ResultPart[],
  metric: ResultColumn,
  chosen: ReadonlySet<string>,
  colours: Colours,
  words: Words
): Drawn | null {
  const points = rows
    .map(row => ({
      row,
      y: finite(metric.read(row)),
      x: Date.parse(row.started)
    }))
    .filter(point => point.y !== null && Number.isFinite(point.x))
    .sort((a, b) => a.x - b.x);
  if (points.length === 0) {
    return null;
  }
  const leading = runningBest(
    points.map(({ y }) => y ?? 0),
    metric
  );
  return {
    rows: points.map(({ row }) => row),
    about: words.__(
      '%1 over time: %2 results, from %3 to %4',
      cut(metric.name, 80),
      points.length,
      short(Math.min(...spread(points.map(({ y }) => y ?? 0)))),
      short(Math.max(...spread(points.map(({ y }) => y ?? 0))))
    ),
    option: {
      ...frame(colours),
      xAxis: { type: 'time', ...axis(colours) },
      yAxis: {
        type: 'value',
        scale: true,
        name: clean(metric.name, 40),
        ...axis(colours),
        ...named(colours, 'y')
      },
      tooltip: tooltip(colours, index => labelOf(points[index]?.row, metric)),
      series: [
        {
          type: 'scatter',
          symbolSize: 8,
          data: points.map(({ row, x, y }) =>
            point([x, y], chosen.has(row.address), colours)
          ),
          z: 3
        },
        ...(leading === null
          ? []
          : [
              {
                type: 'line',
                name: words.__('best so far'),
                step: 'end',
                silent: true,
                symbol: 'none',
                lineStyle: {
                  color: colours.accent,
                  width: 1.4,
                  type: 'dashed'
                },
                tooltip: { show: false },
                data: points.map(({ x }, index) => [x, leading[index]])
              }
            ])
      ]
    }
  };
}

/** The best value up to each one; null where nobody knows which is the best. */
function runningBest(
  values: readonly number[],
  { best }: ResultColumn
): number[] | null {
  if (best === null || values.length < 2) {
    return null;
  }
  let leading = values[0] ?? 0;
  return values.map(value => {
    leading =
      best === 'lowest' ? Math.min(leading, value) : Math.max(leading, value);
    return leading;
  });
}
