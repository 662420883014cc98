import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import type { RunPart, SummaryPart } from '../../ui/src/answers';
import { litBy } from '../../ui/src/recipe/lit';
import { Rows } from '../../ui/src/rows';
import type { TimelineProps } from '../../ui/src/timeline/Timeline';
import { Timeline } from '../../ui/src/timeline/Timeline';
import { run, summary } from './made';
import { windowOf } from './size';

beforeEach(() => {
  windowOf(600);
  return () => vi.restoreAllMocks();
});

interface Shown {
  runs?: RunPart[];
  summaries?: Record<number, SummaryPart | null>;
  open?: boolean;
}

function props({ runs = [run()], summaries, open = true }: Shown = {}) {
  const known = summaries ?? { 1: summary(1), 2: summary(2), 3: summary(3) };
  return {
    rows: new Rows(runs, () => open, false),
    summary: (_: string, n: number) => known[n],
    showsNotebooks: false,
    codeLines: 2,
    focusRequest: 0,
    onInSight: vi.fn(),
    onOpen: vi.fn(),
    onToggle: vi.fn(),
    onExport: vi.fn(),
    onReplay: vi.fn(),
    onMenu: vi.fn()
  } satisfies TimelineProps;
}

test('an execution tells its state, number, code, time and duration', () => {
  render(<Timeline {...props()} />);

  expect(
    screen.getByRole('treeitem', {
      name: 'Execution 2, done, step_2 = 2, 09:15, 1.2 s'
    })
  ).toHaveTextContent('step_2 = 2');
});

test('newest executions come first', () => {
  render(<Timeline {...props()} />);

  const names = screen
    .getAllByRole('treeitem', { name: /^Execution/ })
    .map(item => item.getAttribute('aria-label')?.slice(0, 11));
  expect(names).toEqual(['Execution 3', 'Execution 2', 'Execution 1']);
});

test.each([
  ['running', 'running'],
  ['failed', 'failed'],
  ['interrupted', 'interrupted'],
  ['abandoned', 'abandoned: the kernel died']
])('an execution that is %s says so', (status, name) => {
  render(
    <Timeline
      {...props({
        summaries: { 3: summary(3, { status }), 2: summary(2), 1: summary(1) }
      })}
    />
  );

  expect(screen.getByRole('img', { name })).toBeInTheDocument();
});

test('metrics, tags and warnings stand on the line of the execution', () => {
  const told = summary(3, {
    metrics: { r2: 0.89973 },
    tags: ['champion'],
    warnings: ['1 secret was masked in the code.']
  });
  render(
    <Timeline
      {...props({ summaries: { 1: summary(1), 2: summary(2), 3: told } })}
    />
  );

  expect(screen.getByTitle('r2 = 0.89973')).toHaveTextContent('r2 0.8997');
  expect(screen.getByText('champion')).toBeInTheDocument();
  expect(
    screen.getByRole('img', { name: '1 secret was masked in the code.' })
  ).toBeInTheDocument();
});

test('what is on its way is busy, what is gone says so', () => {
  render(<Timeline {...props({ summaries: { 3: summary(3), 1: null } })} />);

  expect(screen.getByRole('treeitem', { name: 'Execution 2' })).toHaveAttribute(
    'aria-busy',
    'true'
  );
  expect(
    screen.getByRole('treeitem', { name: 'Execution 1' })
  ).toHaveTextContent('Not in the journal any more');
});

test('a run tells its span, how much ran and how much failed', () => {
  render(<Timeline {...props({ runs: [run({ failed: 1 })], open: false })} />);

  expect(
    screen.getByRole('treeitem', {
      name: 'Run, 09:00 – 10:30, 3 executions, 1 failed'
    })
  ).toHaveAttribute('aria-expanded', 'false');
});

test('of ten thousand executions only those in sight are drawn and asked for', () => {
  const given = props({ runs: [run({ executions: 10_000 })], summaries: {} });
  render(<Timeline {...given} />);

  const drawn = screen.getAllByRole('treeitem').length;
  expect(drawn).toBeGreaterThan(5);
  expect(drawn).toBeLessThan(60);
  const [first, last] = given.onInSight.mock.lastCall ?? [];
  expect([first, last < 60]).toEqual([0, true]);
});

test('arrows lead from row to row, Enter opens, left and right close and open a run', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Timeline {...given} />);

  await user.tab();
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  expect(given.onOpen).toHaveBeenCalledExactlyOnceWith('k3f9a2', 2);
  const tree = screen.getByRole('tree', { name: 'Timeline' });
  const active = tree.getAttribute('aria-activedescendant') ?? '';
  expect(document.getElementById(active)).toHaveAttribute(
    'aria-selected',
    'true'
  );

  await user.keyboard('{ArrowLeft}{ArrowLeft}');
  expect(given.onToggle).toHaveBeenCalledExactlyOnceWith('k3f9a2');
});

test('a click opens an execution, and a run folds', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Timeline {...given} />);

  await user.click(screen.getByRole('treeitem', { name: /^Execution 1,/ }));
  await user.click(screen.getByRole('treeitem', { name: /^Run/ }));

  expect(given.onOpen).toHaveBeenCalledExactlyOnceWith('k3f9a2', 1);
  expect(given.onToggle).toHaveBeenCalledExactlyOnceWith('k3f9a2');
});

test('export and replay of a run are buttons of their own and do not fold it', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Timeline {...given} />);

  await user.click(screen.getByRole('button', { name: 'Export this run…' }));
  await user.click(screen.getByRole('button', { name: /^Replay this run/ }));

  expect(given.onExport).toHaveBeenCalledExactlyOnceWith('k3f9a2');
  expect(given.onReplay).toHaveBeenCalledExactlyOnceWith('k3f9a2');
  expect(given.onToggle).not.toHaveBeenCalled();
});

test('the menu opens with the mouse and with the keyboard', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Timeline {...given} />);

  fireEvent.contextMenu(
    screen.getByRole('treeitem', { name: /^Execution 3,/ })
  );
  await user.tab();
  await user.keyboard('{Shift>}{F10}{/Shift}');

  expect(given.onMenu.mock.calls.map(([address, n]) => [address, n])).toEqual([
    ['k3f9a2', 3],
    ['k3f9a2', null]
  ]);
});

test('a row is drawn anew when its summary changes', () => {
  const given = props();
  const { rerender } = render(<Timeline {...given} />);
  const now = {
    1: summary(1),
    2: summary(2),
    3: summary(3, { status: 'failed', error: "KeyError: 'cups'" })
  };
  rerender(<Timeline {...given} summary={(_, n) => now[n as 1 | 2 | 3]} />);

  expect(
    screen.getByRole('treeitem', { name: /^Execution 3, failed, KeyError/ })
  ).toHaveTextContent("KeyError: 'cups'");
});

const RECIPE = litBy({
  address: 'k3f9a2/3',
  run: 'k3f9a2',
  server_path: null,
  of: 3,
  steps: [
    { n: 1, address: 'k3f9a2/1', why: ["binds 'x'"], cautious: true },
    { n: 3, address: 'k3f9a2/3', why: [], cautious: false }
  ],
  warnings: []
});

test('a recipe lights up, the rest fades, and both is said', () => {
  render(<Timeline {...props()} lit={RECIPE} />);

  const row = (n: number): HTMLElement =>
    screen.getByRole('treeitem', { name: new RegExp(`^Execution ${n},`) });
  expect([1, 2, 3].map(n => row(n).dataset['part'])).toEqual([
    'cautious',
    'out',
    'target'
  ]);
  expect(row(1)).toHaveAccessibleName(/in the recipe from caution: binds 'x'$/);
  expect(row(1)).toHaveTextContent("perhaps: binds 'x'");
  expect(row(2)).toHaveAccessibleName(/not in the recipe$/);
  expect(row(3)).toHaveTextContent('the result');
});

test('a recipe begins at its result, brackets lead from step to step, Escape leaves it', async () => {
  const user = userEvent.setup();
  const onLeaveRecipe = vi.fn();
  const given = { ...props(), onLeaveRecipe };
  const { rerender } = render(<Timeline {...given} />);
  rerender(<Timeline {...given} lit={RECIPE} />);

  const tree = screen.getByRole('tree', { name: 'Timeline' });
  const active = (): string =>
    document
      .getElementById(tree.getAttribute('aria-activedescendant') ?? '')
      ?.getAttribute('aria-label')
      ?.slice(0, 11) ?? '';
  expect(tree).toHaveFocus();
  expect(active()).toBe('Execution 3');
  await user.keyboard('[[');
  expect(active()).toBe('Execution 1');
  await user.keyboard(']');
  expect(active()).toBe('Execution 3');
  await user.keyboard('{Escape}');
  expect(onLeaveRecipe).toHaveBeenCalledOnce();
});

test('what is no longer so says why', () => {
  const why = "Cell 1 above it sets 'x' and ran again since, changed.";
  render(
    <Timeline {...props()} stale={(_, n) => (n === 2 ? why : undefined)} />
  );

  expect(screen.getByTitle(why)).toBeInTheDocument();
  expect(
    screen.getByRole('treeitem', { name: /^Execution 2,/ })
  ).toHaveAccessibleName(new RegExp(`${why}$`));
});

test('hostile code is text', () => {
  const code = '<img src=x onerror="document.title=1">';
  const { container } = render(
    <Timeline
      {...props({
        runs: [run({ executions: 1, name: code, tags: [code] })],
        summaries: { 1: summary(1, { first_lines: code, tags: [code] }) }
      })}
    />
  );

  expect(container.querySelector('img')).toBeNull();
  expect(screen.getAllByText(code).length).toBeGreaterThan(1);
});
