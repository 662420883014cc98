/** A metric against a parameter. */
import type { Words } from '../../words';
import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
import { cut, said } from '../values';
import type { Colours, Drawn } from './drawing';
import {
  NAMED,
  axis,
  categories,
  clean,
  finite,
  frame,
  labelOf,
  named,
  point,
  spread,
  tooltip
} from './drawing';

export function against(
  rows: readonly ResultPart[],
  parameter: ResultColumn,
  metric: ResultColumn,
  chosen: ReadonlySet<string>,
  colours: Colours,
  words: Words
): Drawn | null {
  const points = rows
    .map(row => ({ row, x: parameter.read(row), y: finite(metric.read(row)) }))
    .filter(({ x, y }) => x !== undefined && x !== null && y !== null);
  if (points.length === 0) {
    return null;
  }
  const numbers = points.map(({ x }) => finite(x));
  const isNumeric = numbers.every(x => x !== null);
  return {
    rows: points.map(({ row }) => row),
    about: words.__(
      '%1 against %2: %3 results',
      cut(metric.name, 80),
      cut(parameter.name, 80),
      points.length
    ),
    option: {
      ...frame(colours),
      grid: NAMED,
      xAxis: {
        type: isNumeric
          ? spansDecades(numbers)
            ? 'log'
            : 'value'
          : 'category',
        scale: true,
        name: clean(parameter.name, 60),
        ...(!isNumeric && { data: categories(points.map(({ x }) => x)) }),
        ...axis(colours),
        ...named(colours, 'x')
      },
      yAxis: {
        type: 'value',
        scale: true,
        name: clean(metric.name, 40),
        ...axis(colours),
        ...named(colours, 'y')
      },
      tooltip: tooltip(colours, index =>
        labelOf(points[index]?.row, metric, parameter)
      ),
      series: [
        {
          type: 'scatter',
          symbolSize: 8,
          data: points.map(({ row, x, y }, index) =>
            point(
              [isNumeric ? (numbers[index] ?? null) : clean(said(x), 40), y],
              chosen.has(row.address),
              colours
            )
          )
        }
      ]
    }
  };
}

function spansDecades(values: readonly (number | null)[]): boolean {
  const positive = values.filter(
    value => value !== null && value > 0
  ) as number[];
  return (
    positive.length === values.length &&
    positive.length > 2 &&
    Math.max(...spread(positive)) / Math.min(...spread(positive)) >= 100
  );
}
