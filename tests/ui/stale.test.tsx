import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { CheckProblem } from '../../ui/src/answers';
import { StaleNotice } from '../../ui/src/StaleNotice';

function problem(what: string, cell: number, why = ''): CheckProblem {
  return {
    cell,
    cell_id: `cell-${cell}`,
    execution_count: cell,
    first_line: '<img src=x>',
    what,
    why
  };
}

function show(problems: CheckProblem[], activeCell: string | null = null) {
  const given = {
    problems,
    activeCell,
    onGoToCell: vi.fn(),
    onDismiss: vi.fn()
  };
  return { ...given, ...render(<StaleNotice {...given} />) };
}

test('one quiet line, which opens, leads to the cell and is put away', async () => {
  const user = userEvent.setup();
  const given = show([
    problem('not defined', 9, "It uses 'helper', which no cell defines."),
    problem('stale', 4, "Cell 2 above it sets 'rate'."),
    problem('file changed', 4, "'a.csv' is not what it was.")
  ]);

  const line = screen.getByRole('button', { expanded: false });
  expect(line).toHaveTextContent(
    'Restart and run all would fail at cell 9 · 1 cell shows an outdated result'
  );
  expect(screen.queryByText(/helper/)).toBeNull();
  await user.click(line);
  expect(screen.getByText(/'helper'/)).toBeInTheDocument();
  expect(given.container.querySelector('img')).toBeNull();
  const [item] = screen.getAllByRole('listitem');
  await user.click(
    within(item as HTMLElement).getByRole('button', { name: 'Cell 9' })
  );
  expect(given.onGoToCell).toHaveBeenCalledExactlyOnceWith('cell-9');
  await user.click(screen.getByRole('button', { name: /^Put away/ }));
  expect(given.onDismiss).toHaveBeenCalledOnce();
});

test('nothing is said of what failed on screen, nor of the cell that is being edited', () => {
  const { container } = show(
    [problem('failed', 3), problem('edited since it ran', 2)],
    'cell-2'
  );

  expect(container).toBeEmptyDOMElement();
});
