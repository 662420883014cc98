import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { VersionPart } from '../../ui/src/answers';
import type { VersionsProps } from '../../ui/src/versions/Versions';
import { Versions, grouped } from '../../ui/src/versions/Versions';
import { version } from './made';

const THREE = [
  version(3, 'a = 1\nb = 3'),
  version(2, 'a = 1\nb = 2'),
  version(1, 'a = 1')
];

function props(versions: VersionPart[] = THREE, source: string | null = null) {
  return {
    cell: { source },
    versions: { state: 'ready' as const, answer: versions },
    onRetry: vi.fn(),
    onOpen: vi.fn(),
    onInsert: vi.fn(),
    onCopy: vi.fn()
  } satisfies VersionsProps;
}

function lines(): string[] {
  const diff = screen.getByRole('list', {
    name: 'What changed from old to new'
  });
  return within(diff)
    .getAllByRole('listitem')
    .map(item => item.textContent ?? '');
}

test('at first the newest version is compared with the one before', () => {
  render(<Versions {...props()} />);

  expect(lines()).toEqual(['a = 1', '−b = 2', '+b = 3']);
});

test('any two versions can be chosen', async () => {
  const user = userEvent.setup();
  render(<Versions {...props()} />);

  await user.click(screen.getByRole('radio', { name: /^Old: .*09:11/ }));
  expect(lines()).toEqual(['a = 1', '+b = 3']);
  await user.click(screen.getByRole('radio', { name: /^New: .*09:12/ }));
  expect(lines()).toEqual(['a = 1', '+b = 2']);
});

test('lines that came and went are named to those who cannot see colours', () => {
  render(<Versions {...props()} />);

  expect(screen.getByRole('img', { name: 'added' })).toHaveTextContent('+');
  expect(screen.getByRole('img', { name: 'removed' })).toHaveTextContent('−');
});

test('what stands in the notebook and was not executed is the newest', () => {
  render(<Versions {...props(THREE, 'a = 1\nb = 4')} />);

  expect(screen.getByText(/In the notebook now/)).toBeInTheDocument();
  expect(lines()).toEqual(['a = 1', '−b = 3', '+b = 4']);
});

test('what stands in the notebook as it was executed is no other version', () => {
  render(<Versions {...props(THREE, 'a = 1\nb = 3')} />);

  expect(screen.queryByText(/In the notebook now/)).toBeNull();
});

test('the same code executed again is one version', () => {
  const again = [
    version(5, 'x'),
    version(4, 'x'),
    version(3, 'y'),
    version(2, 'x')
  ];

  expect(grouped(again).map(one => [one.n, one.times])).toEqual([
    [5, 2],
    [3, 1],
    [2, 1]
  ]);
});

test('one click brings a version back', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Versions {...given} />);

  await user.click(
    screen.getByRole('button', { name: /^Insert the version of .*09:11/ })
  );

  expect(given.onInsert.mock.lastCall?.[0]).toMatchObject({ source: 'a = 1' });
});

test('a single version is shown whole', () => {
  render(<Versions {...props([version(1, 'a = 1')])} />);

  expect(screen.getByText(/There is one version so far/)).toBeInTheDocument();
  expect(
    screen.getByRole('region', { name: 'The only version' })
  ).toHaveTextContent('a = 1');
  expect(screen.queryByRole('radio')).toBeNull();
});

test('a cell that never ran, or no cell at all, is told in a sentence', () => {
  const { rerender } = render(<Versions {...props([])} />);
  expect(screen.getByRole('status')).toHaveTextContent(
    'This cell has not run yet'
  );

  rerender(<Versions {...props()} cell={null} />);
  expect(screen.getByRole('status')).toHaveTextContent(
    'No code cell is selected'
  );
});
