/** A curve as small as a word: its course, and a dot where it ends. */
import { memo } from 'react';

import { short } from '../telling';
import { useWords } from '../words';
import type { SeriesPart } from './answers';
import { cut } from './values';

const WIDTH = 64;
const HEIGHT = 18;
const EDGE = 2;

export const Sparkline = memo(function Sparkline({
  series
}: {
  series: SeriesPart;
}): JSX.Element | null {
  const words = useWords();
  const line = course(series);
  if (line === null) {
    return null;
  }
  const numbers = series.values.filter(value => typeof value === 'number');
  const said = words.__(
    '%1 over %2 steps: from %3 to %4',
    cut(series.name, 80),
    series.points,
    short(numbers[0] ?? null),
    short(numbers.at(-1) ?? null)
  );
  return (
    <svg
      className="lj-spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={said}
    >
      <title>{said}</title>
      <path d={line.path} />
      <circle cx={line.x} cy={line.y} r="1.8" />
    </svg>
  );
});

/** The path through what is a number, broken where something else stands; null where fewer than two are. */
export function course({
  values,
  steps
}: Pick<SeriesPart, 'values' | 'steps'>): {
  path: string;
  x: number;
  y: number;
} | null {
  const points = values.map((value, index) => ({
    x: steps[index] ?? index,
    y: typeof value === 'number' ? value : null
  }));
  const known = points.flatMap(({ x, y }) => (y === null ? [] : [{ x, y }]));
  if (known.length < 2) {
    return null;
  }
  const [left, right] = bounds(known.map(({ x }) => x));
  const [low, high] = bounds(known.map(({ y }) => y));
  const at = (x: number, y: number): { x: number; y: number } => ({
    x: scaled(x, left, right, EDGE, WIDTH - EDGE),
    y: scaled(y, low, high, HEIGHT - EDGE, EDGE)
  });
  let path = '';
  let last = { x: 0, y: 0 };
  let broken = true;
  for (const { x, y } of points) {
    if (y === null) {
      broken = true;
      continue;
    }
    last = at(x, y);
    path += `${broken ? 'M' : 'L'}${last.x.toFixed(1)} ${last.y.toFixed(1)}`;
    broken = false;
  }
  return { path, ...last };
}

function bounds(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Divided before it is multiplied: the span of two large numbers is no number any more. */
function scaled(
  value: number,
  low: number,
  high: number,
  from: number,
  to: number
): number {
  const part =
    high === low
      ? 0.5
      : value / 2 - low / 2 === 0
        ? 0
        : (value / 2 - low / 2) / (high / 2 - low / 2);
  return from + part * (to - from);
}
