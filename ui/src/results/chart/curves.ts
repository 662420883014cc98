/** Curves of training, step by step. */
import type { Words } from '../../words';
import type { ResultPart } from '../answers';
import { curveOf } from '../columns';
import { cut } from '../values';
import type { Colours, Drawn } from './drawing';
import {
  NAMED,
  axis,
  clean,
  finite,
  frame,
  labelOf,
  named,
  tooltip
} from './drawing';

const MOST_CURVES = 40;

export function curves(
  rows: readonly ResultPart[],
  name: string,
  chosen: ReadonlySet<string>,
  colours: Colours,
  words: Words
): Drawn | null {
  const having = rows.filter(row => curveOf(row, name) !== undefined);
  const drawn = having
    .filter(
      row =>
        chosen.size === 0 ||
        chosen.has(row.address) ||
        having.length <= MOST_CURVES
    )
    .slice(0, MOST_CURVES);
  if (drawn.length === 0) {
    return null;
  }
  return {
    rows: drawn,
    about: words.__(
      '%1 step by step, of %2 results',
      cut(name, 80),
      drawn.length
    ),
    option: {
      ...frame(colours),
      grid: { ...NAMED, top: drawn.length > 8 ? 28 : 44 },
      legend: {
        show: drawn.length <= 8,
        top: 2,
        textStyle: { color: colours.text },
        inactiveColor: colours.line
      },
      xAxis: {
        type: 'value',
        name: words.__('step'),
        ...axis(colours),
        ...named(colours, 'x')
      },
      yAxis: {
        type: 'value',
        scale: true,
        name: clean(name, 40),
        ...axis(colours),
        ...named(colours, 'y')
      },
      tooltip: {
        ...tooltip(colours, index => labelOf(drawn[index])),
        trigger: 'item'
      },
      series: drawn.map((row, index) => {
        const curve = curveOf(row, name);
        const emphasised = chosen.size === 0 || chosen.has(row.address);
        return {
          type: 'line',
          name: clean(row.name ?? row.address, 30),
          showSymbol: (curve?.values.length ?? 0) < 3,
          symbolSize: 6,
          triggerLineEvent: true,
          lineStyle: { width: 1.8, opacity: emphasised ? 1 : 0.35 },
          color: colours.series[index % colours.series.length],
          data: (curve?.values ?? []).map((value, at) => [
            curve?.steps[at] ?? at,
            finite(value)
          ])
        };
      })
    }
  };
}
