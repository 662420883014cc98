import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { HeaderProps, Recording } from '../../ui/src/Header';
import { Header } from '../../ui/src/Header';

function show(recording: Recording, more: Partial<HeaderProps> = {}) {
  const given = {
    recording,
    extent: { runs: 38, executions: 1204, bytes: 12_400_000 },
    problems: [],
    query: '',
    onPause: vi.fn(),
    onResume: vi.fn(),
    onQuery: vi.fn(),
    onLeaveSearch: vi.fn(),
    ...more
  };
  render(<Header {...given} />);
  return given;
}

test('while recording, a button pauses', async () => {
  const given = show({ state: 'on' });

  expect(screen.getByRole('status')).toHaveTextContent('Recording');
  await userEvent.click(
    screen.getByRole('button', { name: 'Pause recording' })
  );

  expect(given.onPause).toHaveBeenCalledOnce();
});

test('while paused, what that means is said and a button resumes', async () => {
  const given = show({ state: 'paused' });

  expect(screen.getByRole('status')).toHaveTextContent('Paused');
  expect(
    screen.getByText(/Nothing is recorded in any kernel/)
  ).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));

  expect(given.onResume).toHaveBeenCalledOnce();
});

test('a kernel that is not recorded is told, with the reason and what to do', async () => {
  const onRestartKernel = vi.fn();
  show(
    { state: 'unseen', reason: 'It was started without labjournal.' },
    { onRestartKernel }
  );

  expect(screen.getByRole('status')).toHaveTextContent(
    'This kernel is not recorded'
  );
  expect(
    screen.getByText(/It was started without labjournal/)
  ).toBeInTheDocument();
  await userEvent.click(
    screen.getByRole('button', { name: 'Restart kernel…' })
  );

  expect(onRestartKernel).toHaveBeenCalledOnce();
});

test('recording that is off says why, and offers no pause', () => {
  show({ state: 'off', reason: 'LABJOURNAL_DISABLE is set.' });

  expect(screen.getByText('LABJOURNAL_DISABLE is set.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Pause/ })).toBeNull();
});

test('how much the journal holds and takes is told', () => {
  show({ state: 'on' });

  expect(screen.getByText('38 runs · 12 MB')).toHaveAttribute(
    'title',
    'The journal holds 1,204 executions in 38 runs and takes 12 MB.'
  );
});

test('Escape in the search field clears it, arrow down leads to what was found', async () => {
  const given = show({ state: 'on' }, { query: 'rmse' });
  const field = screen.getByRole('searchbox');

  await userEvent.type(field, '{ArrowDown}');
  await userEvent.type(field, '{Escape}');

  expect(given.onLeaveSearch).toHaveBeenCalledOnce();
  expect(given.onQuery).toHaveBeenCalledExactlyOnceWith('');
});
