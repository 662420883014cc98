import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ResultsViewProps } from '../../ui/src/results/ResultsView';
import { ResultsView } from '../../ui/src/results/ResultsView';
import type { ResultsView as View } from '../../ui/src/results/view';
import { FIRST_VIEW } from '../../ui/src/results/view';
import { curve, result, table } from './tried';
import { windowOf } from './size';

beforeEach(() => windowOf(600, 1200));
afterEach(() => vi.restoreAllMocks());

const TRIES = [
  result('k/3', {
    parameters: { alpha: 0.3, solver: 'svd', seed: 42 },
    metrics: { accuracy: 0.8, loss: 0.2 },
    tags: ['baseline']
  }),
  result('k/2', {
    parameters: { alpha: 0.2, solver: 'saga', seed: 42 },
    metrics: { accuracy: 0.9, loss: 'NaN' },
    star: true,
    tags: ['star'],
    series: [curve('accuracy', [0.1, 0.5, 0.9])]
  }),
  result('k/1', {
    parameters: { alpha: 0.1, solver: 'svd', seed: 42 },
    metrics: { loss: 0.4 },
    replay_of: 'j'
  })
];

function props(facts: Partial<ResultsViewProps> = {}): ResultsViewProps {
  return {
    table: { state: 'ready', answer: table(TRIES) },
    view: FIRST_VIEW,
    onView: vi.fn(),
    scope: 'front',
    front: 'tries.ipynb',
    notebooks: ['tries.ipynb', 'other.ipynb'],
    onScope: vi.fn(),
    doubtful: false,
    onDoubtful: vi.fn(),
    diff: { state: 'loading' },
    onCompare: vi.fn(),
    onTag: vi.fn(),
    onStar: vi.fn(),
    onRetry: vi.fn(),
    onOpen: vi.fn(),
    onGoToCell: vi.fn(),
    onWhy: vi.fn(),
    onMenu: vi.fn(),
    problem: '',
    focusRequest: 0,
    ...facts
  };
}

/** The view with somebody who remembers what was chosen. */
function Remembering(given: ResultsViewProps): JSX.Element {
  const [view, setView] = useState<View>(given.view);
  return <ResultsView {...given} view={view} onView={setView} />;
}

const shown = (): (string | null)[] =>
  screen
    .getAllByRole('rowheader')
    .map(
      lead => /k\/\d+/.exec(lead.getAttribute('aria-label') ?? '')?.[0] ?? null
    );
const heading = (name: RegExp): HTMLElement =>
  screen.getByRole('columnheader', { name });
const grid = (): HTMLElement => screen.getByRole('grid', { name: 'Results' });

test('parameters and metrics stand side by side, what never varies is not shown', () => {
  render(<ResultsView {...props()} />);

  expect(
    screen.getAllByRole('columnheader').map(head => head.textContent)
  ).toEqual([
    'Resultnewest first',
    'accuracyhigher is better',
    'losslower is better',
    'alphaparameter',
    'solverparameter',
    'Tags',
    'Time taken'
  ]);
  expect(shown()).toEqual(['k/3', 'k/2', 'k/1']);
  expect(
    within(screen.getAllByRole('row')[1] as HTMLElement)
      .getAllByRole('gridcell')
      .map(cell => cell.textContent)
  ).toEqual(['0.8', '0.2, the best', '0.3', 'svd', 'baseline', '1.5 s']);
});

test('a heading sorts best first, then the other way, then newest first; what is no number stays last', async () => {
  const user = userEvent.setup();
  render(<Remembering {...props()} />);

  await user.click(heading(/^accuracy/));
  expect(shown()).toEqual(['k/2', 'k/3', 'k/1']);
  await user.click(heading(/^accuracy/));
  expect(shown()).toEqual(['k/3', 'k/2', 'k/1']);
  await user.click(heading(/^accuracy/));
  expect(shown()).toEqual(['k/3', 'k/2', 'k/1']);
  await user.click(heading(/^loss/));
  expect(shown()).toEqual(['k/3', 'k/1', 'k/2']);
  expect(heading(/^loss/)).toHaveAttribute('aria-sort', 'ascending');
  await user.click(heading(/^loss/));
  expect(shown()).toEqual(['k/1', 'k/3', 'k/2']);
});

test('rows are filtered by words, bounds, tag, star and replays', async () => {
  const user = userEvent.setup();
  render(<Remembering {...props()} />);

  await user.type(
    screen.getByRole('searchbox', { name: 'Filter results' }),
    'solver=svd'
  );
  expect(shown()).toEqual(['k/3', 'k/1']);
  await user.click(screen.getByRole('button', { name: 'More filters' }));
  await user.click(screen.getByRole('checkbox', { name: 'With replays' }));
  expect(shown()).toEqual(['k/3']);
  expect(screen.getByText('1 of 3 results')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Show all' }));
  await user.selectOptions(
    screen.getByRole('combobox', { name: 'Bounds of' }),
    'loss'
  );
  await user.type(screen.getByRole('textbox', { name: 'Least loss' }), '0,3');
  expect(shown()).toEqual(['k/1']);
  await user.click(screen.getByRole('button', { name: 'No bounds for loss' }));
  await user.selectOptions(
    screen.getByRole('combobox', { name: 'Tag' }),
    'baseline'
  );
  expect(shown()).toEqual(['k/3']);
  await user.click(screen.getByRole('button', { name: 'Starred only' }));
  expect(screen.queryAllByRole('rowheader')).toEqual([]);
  expect(screen.getByText('No result passes the filters.')).toBeVisible();
});

test('columns are chosen, and which value is better', async () => {
  const user = userEvent.setup();
  render(<Remembering {...props()} />);

  await user.click(screen.getByRole('button', { name: 'Choose columns' }));
  await user.click(screen.getByRole('checkbox', { name: 'seed' }));
  expect(heading(/^seed/)).toBeInTheDocument();
  await user.click(screen.getByRole('checkbox', { name: 'alpha' }));
  expect(screen.queryByRole('columnheader', { name: /^alpha/ })).toBeNull();
  await user.selectOptions(
    screen.getByRole('combobox', { name: 'Which loss is better' }),
    'highest'
  );
  await user.click(heading(/^loss/));
  expect(shown()).toEqual(['k/1', 'k/3', 'k/2']);
});

test('a pinned row stays on top whatever is filtered', async () => {
  const user = userEvent.setup();
  render(<Remembering {...props()} />);

  await user.click(screen.getByRole('button', { name: 'Pin k/1 on top' }));
  await user.type(
    screen.getByRole('searchbox', { name: 'Filter results' }),
    'saga'
  );
  expect(shown()).toEqual(['k/1', 'k/2']);
});

test('the keyboard reaches every cell and every deed', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Remembering {...given} />);

  act(() => grid().focus());
  expect(grid().getAttribute('aria-activedescendant')).toBe(
    screen.getAllByRole('rowheader')[0]?.id
  );
  await user.keyboard('{ArrowDown}s');
  expect(given.onStar).toHaveBeenCalledExactlyOnceWith(TRIES[1]);
  await user.keyboard('{Enter}');
  expect(given.onOpen).toHaveBeenCalledExactlyOnceWith(TRIES[1]);
  await user.keyboard('w');
  expect(given.onWhy).toHaveBeenCalledExactlyOnceWith(TRIES[1]);
  await user.keyboard(' {ArrowDown} ');
  expect(screen.getByText('2 chosen')).toBeVisible();
  await user.keyboard('{Control>}{Home}{/Control}{ArrowRight}{Enter}');
  expect(heading(/^accuracy/)).toHaveAttribute('aria-sort', 'descending');
});

test('two chosen rows are compared: what is the same is left out', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Remembering {...given} />);

  await user.click(
    screen.getByRole('checkbox', { name: 'Choose k/3 to compare' })
  );
  expect(screen.getByRole('button', { name: 'Compare' })).toBeDisabled();
  await user.click(
    screen.getByRole('checkbox', { name: 'Choose k/2 to compare' })
  );
  await user.click(screen.getByRole('button', { name: 'Compare' }));

  const pane = screen.getByRole('region', { name: 'What differs' });
  const lines = within(pane)
    .getAllByRole('row')
    .map(line => line.textContent);
  expect(lines).toContain('alpha0.30.2');
  expect(lines).toContain('accuracy0.80.9+0.1');
  expect(lines.some(line => line?.startsWith('seed'))).toBe(false);
  expect(given.onCompare).toHaveBeenLastCalledWith('k/3', 'k/2');
});

test('code and data of two results are told as the journal compares them', async () => {
  const user = userEvent.setup();
  const given = props({
    view: { ...FIRST_VIEW, selected: ['k/3', 'k/2'], pane: 'differences' },
    diff: {
      state: 'ready',
      answer: {
        a: 'k/3',
        b: 'k/2',
        a_started: '',
        b_started: '',
        a_notebook: null,
        b_notebook: null,
        code: [
          {
            what: 'changed',
            cell_id: 'c',
            a: 'k/3',
            b: 'k/2',
            a_source: 'alpha = 0.3\n',
            b_source: 'alpha = 0.2\n'
          }
        ],
        parameters: [],
        data: [
          {
            kind: 'file',
            role: 'read',
            name: '/home/ada/train.csv',
            what: 'changed',
            a_name: '',
            a: null,
            b: null,
            a_bytes: null,
            b_bytes: null,
            a_rows: 10,
            b_rows: 8,
            rows_added: null,
            rows_removed: null,
            columns: [],
            summary: 'train.csv has 2 rows fewer'
          }
        ],
        environment: [],
        git: [],
        metrics: [],
        remarks: [],
        same: false,
        summary: 'One cell changed.'
      }
    }
  });
  render(<Remembering {...given} />);

  const two = screen.getByRole('region', { name: 'Code and data' });
  expect(within(two).getByText('One cell changed.')).toBeVisible();
  expect(within(two).getByText('train.csv has 2 rows fewer')).toBeVisible();
  expect(
    within(two).getByRole('list', { name: 'What changed from k/3 to k/2' })
  ).toHaveTextContent('alpha = 0.3');
  await user.click(screen.getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('region', { name: 'What differs' })).toBeNull();
});

test('chosen rows are tagged together', async () => {
  const user = userEvent.setup();
  const given = props({ view: { ...FIRST_VIEW, selected: ['k/3', 'k/1'] } });
  render(<Remembering {...given} />);

  await user.type(
    screen.getByRole('textbox', { name: 'Tag the chosen results' }),
    'dead end, slow{Enter}'
  );
  expect(given.onTag).toHaveBeenCalledExactlyOnceWith(
    ['k/3', 'k/1'],
    ['dead end', 'slow']
  );
});

test('a curve stands beside its metric and is told in words', () => {
  render(<ResultsView {...props()} />);

  expect(
    screen.getByRole('img', { name: 'accuracy over 3 steps: from 0.1 to 0.9' })
  ).toBeVisible();
});

test('ten thousand rows are drawn only where they are in sight', () => {
  const many = Array.from({ length: 10_000 }, (_, n) =>
    result(`k/${10_000 - n}`, { metrics: { accuracy: n / 10_000 } })
  );
  render(
    <ResultsView
      {...props({ table: { state: 'ready', answer: table(many) } })}
    />
  );

  expect(screen.getAllByRole('rowheader').length).toBeLessThan(40);
  expect(grid()).toHaveAttribute('aria-rowcount', '10001');
  expect(screen.getByText('10,000 results')).toBeVisible();
});

test('names of any kind are only text, and cut before they reach the page', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const long = 'm'.repeat(10_000);
  const rows = [
    result('k/1', {
      parameters: { [evil]: evil, __proto__x: 1 },
      metrics: { [long]: 1, constructor: 2 },
      name: evil
    }),
    result('k/2', {
      parameters: { [evil]: 'other' },
      metrics: {},
      tags: [evil]
    })
  ];
  const { container } = render(
    <ResultsView
      {...props({ table: { state: 'ready', answer: table(rows) } })}
    />
  );

  expect(container.querySelector('img')).toBeNull();
  expect(heading(/^<img/)).toBeInTheDocument();
  expect(container.textContent).not.toContain('m'.repeat(300));
  expect(
    within(screen.getAllByRole('row')[2] as HTMLElement).queryByText(/function/)
  ).toBeNull();
});

test('nothing yet, on its way, failed and without a server part are said, each with what to do', async () => {
  const user = userEvent.setup();
  const given = props({
    table: { state: 'failed', message: 'The disk is gone.' }
  });
  const { rerender } = render(<ResultsView {...given} />);
  expect(screen.getByRole('alert')).toHaveTextContent('The disk is gone.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(given.onRetry).toHaveBeenCalledOnce();

  rerender(
    <ResultsView {...given} table={{ state: 'ready', answer: table([]) }} />
  );
  expect(screen.getByText('No results yet')).toBeVisible();
  await user.selectOptions(
    screen.getByRole('combobox', { name: 'Which notebook' }),
    'all'
  );
  expect(given.onScope).toHaveBeenCalledExactlyOnceWith('all');
  rerender(<ResultsView {...given} table={{ state: 'loading' }} />);
  expect(screen.getByRole('status', { name: 'Loading' })).toBeVisible();
  rerender(<ResultsView {...given} table={{ state: 'missing' }} />);
  expect(
    screen.getByText('The server does not know the journal')
  ).toBeVisible();
});

test('warnings stand in the table and in the comparison, and a notebook is asked for', async () => {
  const user = userEvent.setup();
  const warned = [
    result('k/2', {
      metrics: { r2: 0.9 },
      warnings: ['ConvergenceWarning: <b>stopped</b> early']
    }),
    result('k/1', { metrics: { r2: 0.8 } })
  ];
  const onNotebook = vi.fn();
  render(
    <ResultsView
      {...props({
        table: { state: 'ready', answer: table(warned) },
        view: {
          ...FIRST_VIEW,
          selected: ['k/2', 'k/1'],
          pane: 'differences'
        },
        onNotebook
      })}
    />
  );

  const said = 'ConvergenceWarning: <b>stopped</b> early';
  expect(
    screen.getByRole('columnheader', { name: /^Warnings/ })
  ).toBeInTheDocument();
  expect(screen.getByRole('gridcell', { name: said })).toBeInTheDocument();
  const sides = screen.getByRole('table', { name: /What differs/ });
  expect(within(sides).getByText(said)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Notebook for k/2' }));
  expect(onNotebook).toHaveBeenCalledExactlyOnceWith(warned[0]);
});
