/**
 * What charts of results have in common, as the chart library takes it: plain data, no markup.
 *
 * Names and values come from recorded code. They stand on a canvas, in tooltips too (`richText`), and are cut and freed of the
 * characters with which the library marks up such texts.
 */
import type { EChartsCoreOption } from 'echarts/core';

import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
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
export const MOST_LINES = 400;

const GRID = { left: 12, right: 24, top: 34, bottom: 12, containLabel: true };
/** With a name below the axis. */
export const NAMED = { ...GRID, bottom: 34 };

export function frame({ series, font, text }: Colours): EChartsCoreOption {
  return {
    animation: false,
    color: [...series],
    textStyle: { fontFamily: font, color: text },
    grid: GRID
  };
}

export function axis({ faint, line, grid }: Colours): object {
  return {
    axisLabel: { color: faint, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: grid } }
  };
}

export function named({ text }: Colours, which: 'x' | 'y'): object {
  return which === 'x'
    ? {
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: { color: text },
        splitLine: { show: false }
      }
    : { nameTextStyle: { color: text, align: 'left' } };
}

export function tooltip(
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

export function point(
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

export function labelOf(
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

export function finite(value: Value): number | null {
  const number = numeric(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

export function categories(values: readonly Value[]): string[] {
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

/** Least and most of many numbers, few enough for a call. */
export function spread(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
