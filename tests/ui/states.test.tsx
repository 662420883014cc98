import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { Boundary } from '../../ui/src/Boundary';
import { Failed, Missing } from '../../ui/src/States';
import { Tabs } from '../../ui/src/Tabs';
import { WordsProvider } from '../../ui/src/words';

test('a server without labjournal is told, with what to do', async () => {
  const retry = vi.fn();
  render(<Missing retry={retry} />);

  expect(screen.getByRole('status')).toHaveTextContent(
    'Install labjournal in the environment that Jupyter is started from'
  );
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));

  expect(retry).toHaveBeenCalledOnce();
});

test('every string goes through the translator', () => {
  const words = {
    __: (text: string) => `«${text}»`,
    _n: (text: string) => `«${text}»`
  };
  render(
    <WordsProvider value={words}>
      <Failed message="disk full" retry={vi.fn()} />
    </WordsProvider>
  );

  expect(screen.getByRole('alert')).toHaveTextContent('«That did not work»');
  expect(screen.getByRole('button', { name: '«Try again»' })).toBeVisible();
});

test('arrows choose the next tab and the focus follows', async () => {
  const user = userEvent.setup();
  const onChoose = vi.fn();
  render(
    <Tabs
      tabs={[
        { id: 'a', label: 'One' },
        { id: 'b', label: 'Two' }
      ]}
      chosen="a"
      label="Views"
      controls="stage"
      onChoose={onChoose}
    />
  );

  await user.tab();
  await user.keyboard('{ArrowRight}');

  expect(onChoose).toHaveBeenCalledExactlyOnceWith('b');
  expect(screen.getByRole('tab', { name: 'Two' })).toHaveFocus();
});

test('what cannot be drawn says so and leaves the rest standing', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const expected = (event: Event): void => event.preventDefault();
  window.addEventListener('error', expected);
  let broken = true;
  const Fragile = (): JSX.Element => {
    if (broken) {
      throw new Error('Nobody can draw this.');
    }
    return <p>drawn</p>;
  };
  render(
    <>
      <p>beside</p>
      <Boundary>
        <Fragile />
      </Boundary>
    </>
  );

  expect(screen.getByRole('alert')).toHaveTextContent('Nobody can draw this.');
  expect(screen.getByText('beside')).toBeVisible();
  broken = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));

  expect(screen.getByText('drawn')).toBeVisible();
  said.mockRestore();
  window.removeEventListener('error', expected);
});
