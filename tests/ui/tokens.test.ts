import { expect, test } from 'vitest';

import { tokens } from '../../ui/src/tokens';

test.each([
  'x = 1  # one\nreturn f"{x}!"',
  '"""open\nand not closed',
  "%time df['a']\n!ls\nété = 0x1F",
  "'unfinished\nfor i in ü:",
  ''
])('tokens joined are the code again: %j', code => {
  expect(
    tokens(code)
      .map(token => token.text)
      .join('')
  ).toBe(code);
});

test('keywords inside strings and comments are no keywords', () => {
  const keywords = tokens('if "for" in x: # while').filter(
    token => token.kind === 'keyword'
  );

  expect(keywords.map(token => token.text)).toEqual(['if', 'in']);
});

test('what is recorded may be anything: colouring ends soon', () => {
  const start = performance.now();
  tokens('"'.repeat(5000) + "'''".repeat(5000) + '\\'.repeat(5000));

  expect(performance.now() - start).toBeLessThan(500);
});
