import { fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { LineageViewProps } from '../../ui/src/lineage/LineageView';
import { LineageView } from '../../ui/src/lineage/LineageView';
import { drawable } from './flow';
import { lineage, why } from './made';

beforeEach(drawable);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const CHAIN =
  'file:raw.csv > execution:j/4 > file:clean.csv > execution:k/3 > file:model.pkl';

function props(facts: Partial<LineageViewProps> = {}) {
  return {
    label: 'Where does model.pkl come from?',
    why: { state: 'ready' as const, answer: why() },
    lineage: {
      state: 'ready' as const,
      answer: lineage([CHAIN], {
        'file:raw.csv': { more_before: true },
        'execution:k/3': { more_after: true, label: 'model = fit(df)' }
      })
    },
    busy: new Set<string>(),
    problem: '',
    onExpand: vi.fn(),
    onRetry: vi.fn(),
    onOpenEntry: vi.fn(),
    onGoToCell: vi.fn(),
    onWhy: vi.fn(),
    onCopy: vi.fn(),
    onOpenFile: vi.fn(),
    ...facts
  } satisfies LineageViewProps;
}

const graph = (): HTMLElement => screen.getByRole('group', { name: /graph/ });
const card = (name: RegExp): HTMLElement =>
  within(graph()).getByRole('button', { name });
// The graph listens to the mouse with what only a browser's events have; a click as such is all that matters here.
const press = (button: HTMLElement): void => void fireEvent.click(button);
const details = (): HTMLElement => screen.getByRole('complementary');

test('everything in the lineage is a card that says what it is and how it is connected', () => {
  render(<LineageView {...props()} />);

  expect(
    card(/^Execution model = fit\(df\), sales\.ipynb .*, 1 before it, 1 after/)
  ).toBeVisible();
  expect(
    card(/^File raw\.csv, 1\.5 kB · abababab, 1 after it, more is known/)
  ).toBeVisible();
  expect(screen.getByText('5 things')).toBeVisible();
});

test('arrows walk, Enter opens, plus shows more, Home leads back', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<LineageView {...given} />);

  card(/^File model/).focus();
  await user.keyboard('{ArrowLeft}');
  expect(card(/^Execution model/)).toHaveFocus();
  await user.keyboard('{Enter}');
  expect(given.onOpenEntry).toHaveBeenCalledExactlyOnceWith('k/3');
  await user.keyboard('+');
  expect(given.onExpand).toHaveBeenCalledExactlyOnceWith(
    'execution:k/3',
    'after'
  );
  await user.keyboard('{ArrowLeft}{Enter}');
  expect(given.onWhy).toHaveBeenCalledExactlyOnceWith(
    'file:clean.csv',
    'clean.csv'
  );
  await user.keyboard('{Home}');
  expect(card(/^File model/)).toHaveFocus();
});

test('one card is reached with Tab: the one that is chosen', async () => {
  render(<LineageView {...props()} />);

  press(card(/^File clean/));

  const reached = within(graph())
    .getAllByRole('button')
    .filter(button => button.getAttribute('tabindex') === '0');
  expect(reached).toEqual([card(/^File clean/)]);
  expect(card(/^File clean/)).toHaveAttribute('aria-pressed', 'true');
});

test('more is asked for with the mouse, and not twice at once', async () => {
  const given = props();
  const { rerender } = render(<LineageView {...given} />);
  const more = (): HTMLElement => card(/^Show what came before raw\.csv/);

  press(more());
  expect(given.onExpand).toHaveBeenCalledExactlyOnceWith(
    'file:raw.csv',
    'before'
  );
  rerender(<LineageView {...given} busy={new Set(['file:raw.csv'])} />);
  press(more());
  expect(given.onExpand).toHaveBeenCalledOnce();
  expect(more()).toHaveAttribute('aria-disabled', 'true');
});

test('of the chosen card everything is told, with ways on', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<LineageView {...given} />);

  press(card(/^File clean/));
  expect(details()).toHaveTextContent('/home/ada/clean.csv');
  await user.click(
    within(details()).getByRole('button', { name: /^Copy the SHA-256/ })
  );
  expect(given.onCopy).toHaveBeenCalledExactlyOnceWith(
    'ab'.repeat(32),
    'SHA-256'
  );
  await user.click(within(details()).getByRole('button', { name: 'j/4' }));
  await user.click(
    within(details()).getByRole('button', { name: /^Go to cell/ })
  );
  expect(given.onGoToCell).toHaveBeenCalledExactlyOnceWith('j/4');
});

test('what nobody recorded being made says so', async () => {
  render(
    <LineageView
      {...props({ lineage: { state: 'ready', answer: lineage([CHAIN]) } })}
    />
  );
  press(card(/^File raw/));

  expect(details()).toHaveTextContent('Nobody recorded it being made.');
});

test('the list tells the same, step by step', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<LineageView {...given} />);
  await user.click(screen.getByRole('button', { name: 'List' }));

  expect(
    screen.getAllByRole('heading', { level: 3 }).map(at => at.textContent)
  ).toEqual([
    'What it is about',
    '1 step before',
    '2 steps before',
    '3 steps before',
    '4 steps before',
    'model.pkl'
  ]);
  const step = screen.getByRole('region', { name: '2 steps before' });
  expect(step).toHaveTextContent('made by j/4');
  expect(step).toHaveTextContent('read by model = fit(df)');
  await user.click(screen.getByRole('button', { name: 'Before' }));
  expect(given.onExpand).toHaveBeenCalledExactlyOnceWith(
    'file:raw.csv',
    'before'
  );
});

test('the short answer: what made it and when, of what, with what', async () => {
  const user = userEvent.setup();
  const given = props({
    why: {
      state: 'ready',
      answer: why({
        inputs: [
          {
            kind: 'file',
            produced_how: 'content',
            read_by: 'k3f9a2/1',
            package: '',
            path: '/home/ada/clean.csv',
            sha256: 'cd'.repeat(32),
            bytes: 2000,
            hash_state: 'verified',
            confidence: 'certain',
            produced_by: {
              address: 'j/4',
              notebook: '/home/ada/prepare.ipynb',
              started: '2026-11-02T09:15:00.000'
            }
          },
          {
            kind: 'file',
            produced_how: '',
            read_by: 'k3f9a2/1',
            package: '',
            path: '/home/ada/huge.bin',
            sha256: null,
            bytes: null,
            hash_state: 'unknown',
            confidence: 'certain',
            produced_by: null
          }
        ],
        parameters: { alpha: 0.1 },
        recipe: [
          { address: 'k3f9a2/1', source: 'df = read()' },
          { address: 'k3f9a2/3', source: 'model = fit(df)' }
        ],
        not_seen: ['A file was open before the run began.']
      })
    }
  });
  render(<LineageView {...given} />);

  await user.click(
    screen.getByRole('button', { name: 'execution 3 of train.ipynb' })
  );
  expect(given.onOpenEntry).toHaveBeenCalledExactlyOnceWith('k3f9a2/3');
  expect(
    screen.getByText('2.0 kB, made by execution 4 of prepare.ipynb')
  ).toBeVisible();
  expect(
    screen.getByText('content not known, origin not recorded')
  ).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'huge.bin' }));
  expect(given.onWhy).toHaveBeenCalledExactlyOnceWith(
    'path:/home/ada/huge.bin',
    'huge.bin'
  );
  expect(screen.getByText('df = read()')).toBeInTheDocument();
  expect(screen.getByRole('list', { name: 'Not seen' })).toHaveTextContent(
    'open before the run began'
  );
});

test('a file in the served folder is opened from there', async () => {
  const given = props({
    why: { state: 'ready', answer: why({ server_path: 'out/model.pkl' }) }
  });
  render(<LineageView {...given} />);

  await userEvent.click(screen.getByRole('button', { name: 'Open the file' }));
  expect(given.onOpenFile).toHaveBeenCalledExactlyOnceWith('out/model.pkl');
});

test('what came from outside is said to', () => {
  render(
    <LineageView
      {...props({
        why: { state: 'ready', answer: why({ produced_by: null }) }
      })}
    />
  );

  expect(
    screen.getByText(/^Nobody recorded this being made: it came from outside/)
  ).toBeVisible();
});

test('loading, failed, missing and empty each say so, with what can be done', async () => {
  const user = userEvent.setup();
  const given = props();
  const { rerender } = render(
    <LineageView {...given} lineage={{ state: 'loading' }} />
  );
  expect(screen.getByRole('status', { name: 'Loading' })).toBeVisible();

  rerender(
    <LineageView
      {...given}
      why={{ state: 'failed', message: 'No file like it was recorded.' }}
    />
  );
  expect(screen.getByRole('alert')).toHaveTextContent('No file like it');
  await user.click(screen.getByRole('button', { name: 'Try again' }));

  rerender(<LineageView {...given} lineage={{ state: 'missing' }} />);
  expect(screen.getByText(/Install labjournal/)).toBeVisible();

  const nothing = { root: '', nodes: [], edges: [], truncated: false };
  rerender(
    <LineageView {...given} lineage={{ state: 'ready', answer: nothing }} />
  );
  expect(screen.getByText(/^Nothing is known before or after/)).toBeVisible();
  for (const again of screen.getAllByRole('button', { name: 'Look again' })) {
    await user.click(again);
  }
  expect(given.onRetry).toHaveBeenCalledTimes(3);
});

test('what could not be added is said beside the graph, which stays', () => {
  render(<LineageView {...props({ problem: 'The journal is locked.' })} />);

  expect(screen.getByRole('alert')).toHaveTextContent('The journal is locked.');
  expect(graph()).toBeVisible();
});

test('a lineage too large to be drawn comes as a list, and says that it is', async () => {
  const many = Array.from(
    { length: 650 },
    (_, n) => `file:part-${n} > execution:k/1 > file:all`
  );
  render(
    <LineageView
      {...props({
        lineage: { state: 'ready', answer: lineage(many) }
      })}
    />
  );

  expect(screen.getByText(/too many for a drawing/)).toBeVisible();
  expect(screen.getByRole('region', { name: '2 steps before' })).toBeVisible();
  expect(screen.queryByRole('group', { name: /graph/ })).toBeNull();
});

test('two hundred cards are drawn', () => {
  const many = Array.from(
    { length: 198 },
    (_, n) => `file:part-${n} > execution:k/1 > file:all`
  );
  render(
    <LineageView
      {...props({ lineage: { state: 'ready', answer: lineage(many) } })}
    />
  );

  expect(screen.getByText('200 things')).toBeVisible();
  expect(card(/^File all/)).toBeVisible();
});

test('hostile names are text', () => {
  const name = '<img src=x onerror=window.ran=1>';
  render(
    <LineageView
      {...props({
        lineage: {
          state: 'ready',
          answer: lineage([`file:x > execution:k/1 > file:${name}`])
        }
      })}
    />
  );

  expect(screen.getAllByText(name)).toHaveLength(1);
  fireEvent.click(card(/^File <img/));
  expect(screen.getAllByText(name)).toHaveLength(2); // on its card, and beside the graph now that it was chosen
  expect(document.querySelector('img')).toBeNull();
  fireEvent.doubleClick(card(/^File <img/));
  expect(document.querySelector('[onerror]')).toBeNull();
});

test('a file that was moved since says under which path it was written', () => {
  const made = {
    address: 'k/3',
    notebook: '/home/ada/train.ipynb',
    started: '2026-11-03T09:15:00.000',
    path: '/home/ada/out/<b>model</b>.pkl'
  };
  render(
    <LineageView
      {...props({
        why: {
          state: 'ready',
          answer: why({ produced_by: made, path: '/home/ada/model.pkl' })
        }
      })}
    />
  );

  expect(screen.getByTitle(made.path)).toHaveTextContent(
    `written as ${made.path}`
  );
});
