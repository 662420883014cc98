import { expect, test } from 'vitest';

import { compare, tally } from '../../ui/src/diffing';

function told(before: string, after: string): string[] {
  const signs = { same: ' ', added: '+', removed: '-' };
  return compare(before, after).map(line =>
    line.kind === 'folded'
      ? `(${line.lines.length})`
      : signs[line.kind] + line.pieces.map(piece => piece.text).join('')
  );
}

test('a changed line is the old one and the new one', () => {
  expect(told('a = 1\nb = 2', 'a = 1\nb = 3\n')).toEqual([
    ' a = 1',
    '-b = 2',
    '+b = 3'
  ]);
});

test('within a changed line the words that changed are told', () => {
  const added = compare(
    'trees = fit(150, seed=7)',
    'trees = fit(200, seed=7)'
  ).find(line => line.kind === 'added');

  expect(added).toEqual({
    kind: 'added',
    pieces: [
      { text: 'trees = fit(', changed: false },
      { text: '200', changed: true },
      { text: ', seed=7)', changed: false }
    ]
  });
});

test('long stretches without a change are folded, but for a few lines around', () => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
  const after = [...lines.slice(0, 29), 'end'];

  expect(told(lines.join('\n'), after.join('\n'))).toEqual([
    '(26)',
    ' line 26',
    ' line 27',
    ' line 28',
    '-line 29',
    '+end'
  ]);
});

test('lines that came and went are counted', () => {
  expect(tally('a\nb\nc', 'a\nx\ny\nc')).toEqual({ added: 2, removed: 1 });
});

test('from nothing everything is added', () => {
  expect(told('', 'a\nb')).toEqual(['+a', '+b']);
});
