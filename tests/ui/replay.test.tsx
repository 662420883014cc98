import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { ReplayAnswer } from '../../ui/src/answers';
import type { Replay } from '../../ui/src/ReplayCard';
import { ReplayCard } from '../../ui/src/ReplayCard';
import sample from '../samples/answers/replay.json';

const parted: ReplayAnswer = sample;

function show(replay: Replay) {
  const given = {
    replay,
    onDismiss: vi.fn(),
    onStop: vi.fn(),
    onOpen: vi.fn(),
    onRecorded: vi.fn()
  };
  render(<ReplayCard {...given} />);
  return given;
}

test('a replay that runs says how far it is, is stopped and not put away', async () => {
  const given = show({
    address: 'k3f9a2',
    state: 'running',
    progress: 'executing 3 of 12'
  });

  expect(screen.getByText('executing 3 of 12')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Dismiss' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: /^Stop/ }));
  expect(given.onStop).toHaveBeenCalledOnce();
});

test('what was reproduced is told in one line', () => {
  const executions = [1, 2, 3].map(n => ({ n, status: 'ok', same: true }));
  const answer: ReplayAnswer = {
    ...parted,
    reproduced: true,
    executions,
    first_difference: null,
    metrics: [],
    problems: []
  };
  show({ address: 'k3f9a2', state: 'done', answer });

  expect(screen.getByRole('status')).toHaveTextContent(
    'Reproduced: all 3 executions, the same again'
  );
});

test('what parted is told: the first difference, both sides, what may have caused it', async () => {
  const given = show({ address: 'k3f9a2', state: 'done', answer: parted });

  expect(screen.getByRole('status')).toHaveTextContent(
    'Not reproduced: 2 of 3 executions the same'
  );
  expect(screen.getByText('accuracy: 0.87')).toBeInTheDocument();
  expect(screen.getByText('accuracy: 0.86')).toBeInTheDocument();
  expect(
    screen.getByText(/^Nothing was seeded before it drew random numbers/)
  ).toBeInTheDocument();
  expect(
    screen.getByRole('row', { name: 'accuracy 0.87 0.86' })
  ).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Execution 4' }));

  expect(given.onOpen).toHaveBeenCalledExactlyOnceWith('k3f9a2/4');
});

test('a cause that is certain is told as such, with how it was established', () => {
  const cause = {
    kind: 'data',
    sentence: 'sales.csv has 3 rows fewer.',
    established: 'Its content is not what was recorded.',
    surety: 'certain'
  };
  show({
    address: 'k3f9a2',
    state: 'done',
    answer: { ...parted, causes: [cause] }
  });

  expect(
    screen.getByRole('heading', { name: 'What caused it' })
  ).toBeInTheDocument();
  expect(screen.getByText(/3 rows fewer/)).toHaveTextContent(cause.established);
});

test('where other packages may be why, the recorded ones are one click away', async () => {
  const cause = {
    kind: 'environment',
    sentence: 'pandas is 2.3.1, recorded was 2.3.0.',
    established: 'The cells use it.',
    surety: 'probable'
  };
  const given = show({
    address: 'k3f9a2',
    state: 'done',
    answer: { ...parted, causes: [cause] }
  });
  await userEvent.click(
    screen.getByRole('button', { name: 'Try in the recorded environment' })
  );

  expect(given.onRecorded).toHaveBeenCalledExactlyOnceWith('k3f9a2');
});

test('what chance explains offers no other packages', () => {
  show({ address: 'k3f9a2', state: 'done', answer: parted });

  expect(screen.queryByRole('button', { name: /environment/ })).toBeNull();
});

test('of a recorded environment it says what was made, and what could not be', () => {
  const environment = {
    which: 'recorded',
    python: '3.11.7',
    made: true,
    pinned: 32,
    not_pinned: [
      { name: 'mylib', version: '0.3', why: 'it came from a folder' }
    ],
    differs: []
  };
  const answer = { ...parted, environment, causes: [] };
  show({ address: 'k3f9a2', state: 'done', answer });

  expect(
    screen.getByText(/Python 3\.11\.7, 32 packages in the recorded version/)
  ).toBeInTheDocument();
  expect(
    screen.getByRole('list', { name: 'Not as recorded' })
  ).toHaveTextContent(
    'mylib 0.3 could not be installed as recorded: it came from a folder'
  );
});

test('a replay that failed says why and can be put away', async () => {
  const given = show({
    address: 'k3f9a2',
    state: 'failed',
    message: 'The folder is larger than 2 GB.'
  });

  expect(
    screen.getByText('The folder is larger than 2 GB.')
  ).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Dismiss' }));

  expect(given.onDismiss).toHaveBeenCalledOnce();
});
