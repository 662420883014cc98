import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { ExportForm, suggested, withEnding } from '../../ui/src/ExportForm';

test('an export is suggested beside the notebook, never in its place', () => {
  expect(suggested('work/sales.ipynb', 'k3f9a2', 'notebook')).toBe(
    'work/sales-k3f9a2.ipynb'
  );
  expect(suggested(null, 'k3f9a2', 'html')).toBe('journal-k3f9a2.html');
});

test('another kind changes the ending and nothing else', () => {
  expect(withEnding('work/my.page.html', 'crate')).toBe(
    'work/my.page.crate.zip'
  );
  expect(withEnding('work/my.page.crate.zip', 'notebook')).toBe(
    'work/my.page.ipynb'
  );
  expect(withEnding('bare', 'html')).toBe('bare.html');
});

test('a notebook comes with its environment, a record has it; the package index is asked only where somebody says so', async () => {
  const user = userEvent.setup();
  const onChange = vi.fn();
  render(
    <ExportForm
      initial={{ kind: 'html', path: 'sales-k3.html' }}
      onChange={onChange}
    />
  );
  expect(screen.queryByRole('checkbox')).toBeNull();

  await user.click(screen.getByRole('radio', { name: /^Notebook/ }));
  expect(screen.queryByRole('checkbox', { name: /^Ask the/ })).toBeNull();
  await user.click(screen.getByRole('checkbox', { name: /^With its env/ }));
  await user.click(screen.getByRole('checkbox', { name: /^Ask the/ }));
  expect(onChange).toHaveBeenLastCalledWith({
    kind: 'notebook',
    path: 'sales-k3.ipynb',
    environment: true,
    lock: true
  });

  await user.click(screen.getByRole('radio', { name: /^Record/ }));
  expect(screen.queryByRole('checkbox', { name: /^With its env/ })).toBeNull();
  expect(screen.getByRole('checkbox', { name: /^Ask the/ })).toBeChecked();
});

test('kind and place are chosen', async () => {
  const user = userEvent.setup();
  const onChange = vi.fn();
  render(
    <ExportForm
      initial={{ kind: 'html', path: 'sales-k3.html' }}
      onChange={onChange}
    />
  );

  await user.click(screen.getByRole('radio', { name: /^Record/ }));
  expect(onChange).toHaveBeenLastCalledWith({
    kind: 'crate',
    path: 'sales-k3.crate.zip'
  });

  const place = screen.getByRole('textbox', { name: /^Where/ });
  await user.clear(place);
  await user.type(place, 'out/x.zip');
  expect(onChange).toHaveBeenLastCalledWith({
    kind: 'crate',
    path: 'out/x.zip'
  });
});
