import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { ExportAnswer, ProofPart } from '../../ui/src/answers';
import type { Proof } from '../../ui/src/ProofCard';
import { ProofCard } from '../../ui/src/ProofCard';

const HOSTILE = '<img src=x onerror="document.title=1">';

function show(proof: Proof) {
  const given = {
    proof,
    onDismiss: vi.fn(),
    onStop: vi.fn(),
    onOpenFile: vi.fn(),
    onCopy: vi.fn()
  };
  return { ...given, ...render(<ProofCard {...given} />) };
}

function done(verified: boolean, facts: Partial<ProofPart> = {}): Proof {
  const answer: ExportAnswer = {
    path: '/home/ada/clean.ipynb',
    server_path: 'clean.ipynb',
    kind: 'notebook',
    address: 'k3f9a2/7',
    verified,
    proof: {
      date: '2026-11-03T09:15:00+00:00',
      compared: ['the printed text', 'the metric r2'],
      executions: [1, 3, 7],
      attempts: 2,
      seconds: 4.2,
      added: [],
      removed: [],
      first_difference: null,
      causes: [],
      problems: [],
      ...facts
    }
  };
  return { address: 'k3f9a2/7', path: 'clean.ipynb', state: 'done', answer };
}

test('what nobody ran says so by saying nothing, with the command that runs it and what it lacks', async () => {
  const answer: ExportAnswer = {
    path: '/home/ada/clean.ipynb',
    server_path: 'clean.ipynb',
    kind: 'notebook',
    address: 'k3f9a2/7',
    command: 'papermill clean.ipynb out.ipynb',
    remarks: ['tqdm is not on any index.']
  };
  const given = show({
    address: 'k3f9a2/7',
    path: 'clean.ipynb',
    state: 'done',
    answer
  });

  expect(screen.getByRole('status')).toHaveTextContent(/^Exported k3f9a2\/7$/);
  expect(
    screen.getByRole('list', { name: 'Not taken along' })
  ).toHaveTextContent('tqdm is not on any index.');
  await userEvent.click(
    screen.getByRole('button', { name: 'Copy the command' })
  );

  expect(given.onCopy).toHaveBeenCalledExactlyOnceWith(
    'papermill clean.ipynb out.ipynb',
    'Command'
  );
});

test('what gave the same is verified, with what was compared and where it is', async () => {
  const given = show(done(true, { removed: [5], added: [2, 4] }));

  expect(screen.getByRole('status')).toHaveTextContent(/^Verified/);
  expect(
    screen.getByText('The same as recorded: the printed text, the metric r2.')
  ).toBeInTheDocument();
  expect(
    screen.getByText('3 executions, run 2 times, 4.2 s')
  ).toBeInTheDocument();
  expect(screen.getByText(/executions 2, 4\.$/)).toBeInTheDocument();
  expect(screen.getByText(/execution 5\.$/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'clean.ipynb' }));

  expect(given.onOpenFile).toHaveBeenCalledExactlyOnceWith('clean.ipynb');
});

test.each([
  [
    'First difference, output of execution 7: 0.91 → 0.87',
    /does not give the same/
  ],
  ['not confirmed: the time was up', /could not be confirmed/]
])(
  'of what did not give the same the word is never said: %s',
  (first, headline) => {
    const { container } = show(
      done(false, {
        first_difference: first,
        causes: ['Nothing was seeded.', HOSTILE],
        problems: [first, HOSTILE]
      })
    );

    expect(screen.getByRole('status')).toHaveTextContent(headline);
    expect(container).not.toHaveTextContent(/verified|proven/i);
    expect(screen.getAllByText(first)).toHaveLength(1);
    expect(screen.getByText('Nothing was seeded.')).toBeInTheDocument();
    expect(container.querySelector('img')).toBeNull();
  }
);

test('while it runs it says how far it is and can be stopped once', async () => {
  const running = {
    address: 'k3f9a2/7',
    path: null,
    state: 'running' as const
  };
  const given = show({ ...running, progress: 'executing 3 of 12' });

  expect(screen.getByText('executing 3 of 12')).toBeInTheDocument();
  const stop = screen.getByRole('button', { name: 'Stop' });
  await userEvent.click(stop);
  expect(given.onStop).toHaveBeenCalledOnce();

  given.rerender(
    <ProofCard {...given} proof={{ ...running, progress: 'stopping' }} />
  );
  await userEvent.click(screen.getByRole('button', { name: 'Stopping…' }));
  expect(given.onStop).toHaveBeenCalledOnce();
});

test('what was stopped and what failed wrote nothing, and say so', () => {
  const { rerender, ...given } = show({
    address: 'k3f9a2/7',
    path: null,
    state: 'stopped'
  });
  expect(screen.getByText('Nothing was written.')).toBeInTheDocument();

  rerender(
    <ProofCard
      {...given}
      proof={{
        address: 'k3f9a2/7',
        path: null,
        state: 'failed',
        message: 'k3f9a2/7 failed, so there is no result.'
      }}
    />
  );
  expect(screen.getByText(/there is no result/)).toBeInTheDocument();
});
