import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { Pictures } from '../../ui/src/changes/Pictures';

test('two figures stand side by side, over each other, or as what differs', async () => {
  const user = userEvent.setup();
  const picture = vi.fn((run: string, n: number) =>
    Promise.resolve(`blob:${run}-${n}`)
  );
  render(<Pictures a="j/3" b="k/3" picture={picture} />);

  expect(screen.getByRole('status')).toBeInTheDocument();
  const before = await screen.findByRole('img', { name: 'Figure of j/3' });
  expect(before).toHaveAttribute('src', 'blob:j-3');
  expect(screen.getByRole('img', { name: 'Figure of k/3' })).toHaveAttribute(
    'src',
    'blob:k-3'
  );

  await user.click(screen.getByRole('tab', { name: 'Overlay' }));
  expect(screen.getByRole('img', { name: 'Now, k/3' })).toHaveStyle({
    opacity: 0.5
  });
  expect(screen.getByRole('slider')).toBeInTheDocument();
  await user.click(screen.getByRole('tab', { name: 'What differs' }));
  expect(
    screen.getByText('Black where the two are the same.')
  ).toBeInTheDocument();
  expect(picture).toHaveBeenCalledTimes(2);
});

test('a picture that cannot be fetched is said', async () => {
  const picture = (run: string): Promise<string> =>
    run === 'j' ? Promise.reject(new Error('gone')) : Promise.resolve('blob:k');
  render(<Pictures a="j/3" b="k/3" picture={picture} />);

  expect(
    await screen.findByText('A picture could not be fetched.')
  ).toBeInTheDocument();
});
