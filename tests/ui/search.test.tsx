import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { HitPart } from '../../ui/src/answers';
import { SearchResults } from '../../ui/src/SearchResults';
import sample from '../samples/answers/search.json';

function show(hits: HitPart[], query = 'sales') {
  const given = {
    query,
    hits: { state: 'ready' as const, answer: hits },
    onRetry: vi.fn(),
    onOpen: vi.fn(),
    onLeave: vi.fn(),
    focusRequest: 0
  };
  const view = render(<SearchResults {...given} />);
  return { ...given, ...view };
}

const hit = (address: string, parts: HitPart['parts']): HitPart => ({
  address,
  where: 'code',
  snippet: parts.map(part => part.text).join(''),
  parts,
  started: '2026-11-03T09:00:00'
});

test('what the server found is shown with its marks', () => {
  const { container } = show(sample.hits);

  expect(screen.getAllByRole('listitem')).toHaveLength(sample.hits.length);
  expect(container.querySelectorAll('mark')[0]).toHaveTextContent('sales');
});

test('marks come from the server alone: markup in a snippet is text', () => {
  const evil = '<img src=x onerror=alert(1)></code><mark>';
  const { container } = show([
    hit('k/1', [
      { text: evil, match: false },
      { text: evil, match: true }
    ])
  ]);

  expect(container.querySelector('img')).toBeNull();
  expect(container.querySelectorAll('mark')).toHaveLength(1);
  expect(container.querySelector('mark')?.textContent).toBe(evil);
});

test('a hit opens its execution', async () => {
  const user = userEvent.setup();
  const { onOpen } = show([hit('k/7', [{ text: 'x', match: true }])]);

  await user.click(screen.getByRole('button'));

  expect(onOpen).toHaveBeenCalledExactlyOnceWith('k/7');
});

test('arrows lead from hit to hit, Escape leaves', async () => {
  const user = userEvent.setup();
  const { onLeave } = show([
    hit('k/1', [{ text: 'one', match: true }]),
    hit('k/2', [{ text: 'two', match: true }])
  ]);
  const [first, second] = screen.getAllByRole('button');

  first?.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(second).toHaveFocus();
  await user.keyboard('{ArrowUp}');
  expect(first).toHaveFocus();
  await user.keyboard('{Escape}');

  expect(onLeave).toHaveBeenCalledOnce();
});

test('a search that finds nothing says what was searched', () => {
  show([], 'nowhere');

  expect(screen.getByRole('status')).toHaveTextContent(
    'Nothing holds “nowhere”'
  );
});
