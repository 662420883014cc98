import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { WhatChangedProps } from '../../ui/src/changes/WhatChanged';
import { WhatChanged } from '../../ui/src/changes/WhatChanged';
import type { Cause, DiffAnswer } from '../../ui/src/origins';
import { ChangesModel } from '../../labextension/src/models/changes';
import type { Client } from '../../labextension/src/client';

const ROWS: Cause = {
  kind: 'data',
  sentence: 'sales.csv has 214 rows fewer',
  weight: 0.86,
  evidence: [
    {
      what: 'file',
      name: '/home/ada/sales.csv',
      a: 'aa',
      b: 'bb',
      address: 'k/2',
      path: '/home/ada/sales.csv'
    }
  ]
};
const PACKAGE: Cause = {
  kind: 'environment',
  sentence: 'scikit-learn 1.5.2 → 1.9.1',
  weight: 0.54,
  evidence: [
    {
      what: 'package',
      name: 'scikit-learn',
      a: '1.5.2',
      b: '1.9.1',
      address: 'k/3',
      path: null
    }
  ]
};
const KERNEL: Cause = {
  kind: 'environment',
  sentence: 'other things about the machine',
  weight: 0.06,
  evidence: []
};

function answer(facts: Partial<DiffAnswer> = {}): DiffAnswer {
  return {
    a: 'j',
    b: 'k',
    a_started: '2026-11-02T09:00:00.000',
    b_started: '2026-11-03T09:00:00.000',
    a_notebook: '/home/ada/tries.ipynb',
    b_notebook: '/home/ada/tries.ipynb',
    code: [],
    parameters: [],
    data: [],
    environment: [],
    git: [],
    metrics: [
      { name: 'accuracy', a: 0.91, b: 0.87, delta: -0.04 },
      { name: 'rows', a: 3, b: 3, delta: 0 }
    ],
    remarks: ['The packages of j were not recorded.'],
    same: false,
    summary: 'Code and parameters are the same; sales.csv has 214 rows fewer.',
    comparable: true,
    causes: [ROWS, PACKAGE, KERNEL],
    outputs: [],
    parted: 'k/2',
    ...facts
  };
}

function props(facts: Partial<WhatChangedProps> = {}): WhatChangedProps {
  return {
    address: 'k',
    diff: { state: 'ready', answer: answer() },
    onBack: vi.fn(),
    onRetry: vi.fn(),
    onOpen: vi.fn(),
    onWhy: vi.fn(),
    ...facts
  };
}

test('the sentence stands above the causes, most probable first', () => {
  render(<WhatChanged {...props()} />);

  expect(
    screen.getByText(/^Code and parameters are the same/)
  ).toBeInTheDocument();
  const causes = screen.getByRole('region', {
    name: 'What may explain the difference'
  });
  expect(
    within(causes)
      .getAllByRole('listitem')
      .map(item => [
        item.getAttribute('data-kind'),
        within(item).getByRole('img').getAttribute('aria-label')
      ])
  ).toEqual([
    ['data', 'very likely'],
    ['environment', 'likely']
  ]);
  expect(
    within(screen.getByRole('list', { name: 'Numbers that differ' })).getByRole(
      'listitem'
    )
  ).toHaveTextContent('accuracy 0.91 → 0.87');
  expect(
    screen.getByText('The packages of j were not recorded.')
  ).toBeVisible();
});

test('evidence leads to the execution and to where the file comes from', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<WhatChanged {...given} />);

  await user.click(screen.getByRole('button', { name: 'k/2' }));
  await user.click(screen.getByRole('button', { name: 'sales.csv' }));

  expect(given.onOpen).toHaveBeenCalledWith('k/2');
  expect(given.onWhy).toHaveBeenCalledWith('file:bb', 'sales.csv', 'before');
});

test('what hardly explains it is shown when it is asked for', async () => {
  const user = userEvent.setup();
  render(<WhatChanged {...props()} />);

  expect(screen.queryByText('other things about the machine')).toBeNull();
  await user.click(
    screen.getByRole('button', { name: '1 more that hardly explains it' })
  );
  expect(screen.getByText('other things about the machine')).toBeVisible();
});

test('the keyboard leads in and out again', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<WhatChanged {...given} />);

  expect(
    screen.getByRole('article', { name: 'What changed in k' })
  ).toHaveFocus();
  await user.tab();
  expect(screen.getByRole('button', { name: 'Back' })).toHaveFocus();
  await user.tab();
  expect(screen.getByRole('button', { name: 'k/2' })).toHaveFocus();
  await user.keyboard('{Escape}');
  expect(given.onBack).toHaveBeenCalledOnce();
});

test('nothing changed, and nothing in common, are each a sentence', () => {
  const same = props({
    diff: {
      state: 'ready',
      answer: answer({ same: true, causes: [], summary: 'Nothing changed: …' })
    }
  });
  const { rerender } = render(<WhatChanged {...same} />);
  expect(screen.getByText('Nothing changed')).toBeVisible();

  rerender(
    <WhatChanged
      {...props({
        diff: {
          state: 'ready',
          answer: answer({ comparable: false, summary: 'Not comparable: …' })
        }
      })}
    />
  );
  expect(screen.getByText('Not comparable: …')).toBeVisible();
  expect(screen.queryByRole('region')).toBeNull();
});

test('where nothing lies before, that is no failure', async () => {
  const onBack = vi.fn();
  const message = 'No run of a.ipynb before k is recorded. Name both sides.';
  render(
    <WhatChanged
      address="k/2"
      diff={{ state: 'failed', message }}
      onBack={onBack}
      onRetry={vi.fn()}
      onOpen={vi.fn()}
      onWhy={vi.fn()}
    />
  );

  const status = screen.getByRole('status');
  expect(status).toHaveTextContent('No run of a.ipynb before k is recorded.');
  expect(status).not.toHaveTextContent('Name both sides');
  expect(screen.queryByRole('alert')).toBeNull();
  await userEvent.click(within(status).getByRole('button', { name: 'Back' }));

  expect(onBack).toHaveBeenCalledOnce();
});

test('while it is on its way, and where it failed, that is said', async () => {
  const user = userEvent.setup();
  const given = props({ diff: { state: 'loading' } });
  const { rerender } = render(<WhatChanged {...given} />);
  expect(screen.getByRole('status', { name: 'Loading' })).toBeVisible();

  rerender(
    <WhatChanged
      {...given}
      diff={{ state: 'failed', message: 'No run before k is recorded.' }}
    />
  );
  expect(screen.getByRole('alert')).toHaveTextContent(
    'No run before k is recorded.'
  );
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(given.onRetry).toHaveBeenCalledOnce();
});

test('what looks like markup in a name is text', () => {
  const hostile: Cause = { ...KERNEL, weight: 0.9, sentence: '<b>bold</b>' };
  render(
    <WhatChanged
      {...props({
        diff: { state: 'ready', answer: answer({ causes: [hostile] }) }
      })}
    />
  );

  expect(screen.getByText('<b>bold</b>')).toBeVisible();
});

test('the model asks for the run before where nothing else is named', async () => {
  const diff = vi.fn().mockResolvedValue(answer());
  const model = new ChangesModel({ diff } as unknown as Client);

  await model.open({ address: 'k' });
  expect(diff).toHaveBeenLastCalledWith('k');
  expect(model.diff).toEqual({ state: 'ready', answer: answer() });

  await model.open({ address: 'k', from: 'j' });
  expect(diff).toHaveBeenLastCalledWith('j', 'k');

  model.close();
  expect(model.asked).toBeNull();
});
