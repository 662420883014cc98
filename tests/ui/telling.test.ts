import { expect, test } from 'vitest';

import { dayName, duration, short, size } from '../../ui/src/telling';
import { PLAIN } from '../../ui/src/words';

test.each([
  [0.0004, '1 ms'],
  [0.036, '36 ms'],
  [1.234, '1.2 s'],
  [12.4, '12 s'],
  [125, '2 min 5 s'],
  [3599.7, '1 h 0 min'],
  [9000, '2 h 30 min']
])('%d seconds are told as %s', (seconds, told) => {
  expect(duration(seconds, PLAIN)).toBe(told);
});

test.each([
  [999, '999 B'],
  [1500, '1.5 kB'],
  [12_400_000, '12 MB'],
  [3_200_000_000, '3.2 GB']
])('%d bytes are told as %s', (bytes, told) => {
  expect(size(bytes)).toBe(told);
});

test('a metric keeps its words and the digits that matter', () => {
  expect([0.899731, 12, 'NaN' as const, null].map(short)).toEqual([
    '0.8997',
    '12',
    'NaN',
    '–'
  ]);
});

test('days are named as a person names them', () => {
  const now = new Date('2026-11-03T12:00:00');

  expect(dayName('2026-11-03T08:00:00', now, PLAIN)).toBe('Today');
  expect(dayName('2026-11-02T23:59:00', now, PLAIN)).toBe('Yesterday');
  expect(dayName('2026-10-30T08:00:00', now, PLAIN)).toMatch(
    /Friday.*30|30.*Friday/
  );
});
