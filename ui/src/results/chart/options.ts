/**
 * What is drawn of results, as the chart library takes it: plain data, no markup.
 *
 * Names and values come from recorded code. They stand on a canvas, in tooltips too (`richText`), and are cut and freed of the
 * characters with which the library marks up such texts.
 */
import type { EChartsCoreOption } from 'echarts/core';

import { short } from '../../telling';
import type { Words } from '../../words';
import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
import { curveOf } from '../columns';
import type { Value } from '../values';
import { cut, numeric, said } from '../values';

export interface Colours {
  text: string;
  faint: string;
  line: string;
  grid: string;
  back: string;
  accent: string;
  series: readonly string[];
  font: string;
}

export interface Drawn {
  option: EChartsCoreOption;
  /** What the chart shows, for those who do not see it. */
  about: string;
  /** The rows behind the points of a series, as the library numbers them. */
  rows: readonly ResultPart[];
}

/** More lines than these are a carpet. */
const MOST_LINES = 400;
const MOST_CURVES = 40;
const MOST_AXES = 12;

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

const GRID = { left: 12, right: 24, top: 34, bottom: 12, containLabel: true };
/** With a name below the axis. */
const NAMED = { ...GRID, bottom: 34 };

function frame({ series, font, text }: Colours): EChartsCoreOption {
  return {
    animation: false,
    color: [...series],
    textStyle: { fontFamily: font, color: text },
    grid: GRID
  };
}

function axis({ faint, line, grid }: Colours): object {
  return {
    axisLabel: { color: faint, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: grid } }
  };
}

function named({ text }: Colours, which: 'x' | 'y'): object {
  return which === 'x'
    ? {
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: { color: text },
        splitLine: { show: false }
      }
    : { nameTextStyle: { color: text, align: 'left' } };
}

function tooltip(
  { back, text, line }: Colours,
  label: (index: number, series: number) => string
): object {
  return {
    trigger: 'item',
    renderMode: 'richText',
    confine: true,
    backgroundColor: back,
    borderColor: line,
    textStyle: { color: text, fontSize: 12 },
    formatter: (at: {
      dataIndex: number;
      seriesIndex: number;
      seriesType: string;
    }) =>
      label(
        at.seriesType === 'line' ? at.seriesIndex : at.dataIndex,
        at.seriesIndex
      )
  };
}

function point(
  value: readonly (number | string | null)[],
  chosen: boolean,
  { accent, back, series }: Colours
): object {
  return {
    value,
    ...(chosen
      ? {
          symbolSize: 13,
          itemStyle: { color: accent, borderColor: back, borderWidth: 2 }
        }
      : { itemStyle: { color: series[0], opacity: 0.75 } })
  };
}

function labelOf(
  row: ResultPart | undefined,
  ...columns: readonly ResultColumn[]
): string {
  if (row === undefined) {
    return '';
  }
  const [line = ''] = row.first_lines.split('\n');
  return [
    clean(row.name ?? line, 60),
    row.address,
    ...columns.map(
      column =>
        `${clean(column.name, 40)} = ${clean(said(column.read(row)), 40)}`
    )
  ]
    .filter(part => part !== '')
    .join('\n');
}

/** Without what the library takes for markup or for a place to fill in. */
export function clean(text: string, most: number): string {
  return cut(text.replace(/[{}|]/g, ' ').replace(/\s+/g, ' '), most);
}

function finite(value: Value): number | null {
  const number = numeric(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

function categories(values: readonly Value[]): string[] {
  return [
    ...new Set(
      values
        .filter(value => value !== undefined)
        .map(value => clean(said(value), 40))
    )
  ]
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .slice(0, MOST_LINES);
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

/** Least and most of many numbers, few enough for a call. */
function spread(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
