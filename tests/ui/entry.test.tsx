import {
  fireEvent,
  render,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { OutputPart } from '../../ui/src/answers';
import type { EntryProps } from '../../ui/src/entry/Entry';
import { Entry } from '../../ui/src/entry/Entry';
import { execution } from './made';

function props(facts: Parameters<typeof execution>[0] = {}) {
  return {
    address: 'k3f9a2/2',
    notebook: '/home/ada/sales.ipynb',
    entry: { state: 'ready' as const, answer: execution(facts) },
    draw: (output: OutputPart, host: HTMLElement) => {
      host.textContent = String(output.text);
      return () => host.replaceChildren();
    },
    complete: vi.fn((output: OutputPart) =>
      Promise.resolve({ ...output, text: 'whole' })
    ),
    onBack: vi.fn(),
    onRetry: vi.fn(),
    onEarlier: vi.fn(),
    onLater: vi.fn(),
    onGoToCell: vi.fn(),
    onInsert: vi.fn(),
    onVersions: vi.fn(),
    onCopy: vi.fn(),
    onWhy: vi.fn(),
    onNote: vi.fn(() => Promise.resolve()),
    onTag: vi.fn(() => Promise.resolve()),
    onUntag: vi.fn(() => Promise.resolve())
  } satisfies EntryProps;
}

test('an entry shows code, outputs, files with their digests, and names', () => {
  const sha256 =
    '8f8cbb7dcf46e0bc7d53265749a6c17d116093a6ba95e442764060c76fd4a86c';
  render(
    <Entry
      {...props({
        outputs: [{ output_type: 'stream', name: 'stdout', text: '42\n' }],
        inputs: [{ path: '/data/sales.csv', sha256, bytes: 1500 }],
        files: [
          {
            path: '/data/out.bin',
            sha256: null,
            bytes: null,
            reason: 'it was too large'
          }
        ],
        names: { bound: ['total'], used: ['sales'] }
      })}
    />
  );

  expect(
    screen.getByRole('region', { name: 'Code of execution 2' })
  ).toHaveTextContent('print(6 * 7)');
  expect(screen.getByRole('region', { name: 'Output' })).toHaveTextContent(
    '42'
  );
  const read = screen.getByRole('region', { name: 'Read' });
  expect(read).toHaveTextContent('sales.csv');
  expect(read).toHaveTextContent('1.5 kB');
  expect(
    within(read).getByRole('button', { name: 'Copy the SHA-256 of sales.csv' })
  ).toHaveTextContent('8f8cbb7d');
  expect(screen.getByTitle('it was too large')).toHaveTextContent(
    'content not known'
  );
  expect(screen.getByRole('region', { name: 'Names' })).toHaveTextContent(
    'bound total'.replace(' ', '')
  );
});

test('what was not seen is told once, with the data and not among the warnings', () => {
  const sentence = 'A file was open before the cell ran.';
  render(
    <Entry
      {...props({ warnings: [sentence, 'Slow.'], not_seen: [sentence] })}
    />
  );

  expect(screen.getAllByText(sentence)).toHaveLength(1);
  expect(screen.getByRole('region', { name: 'Not seen' })).toHaveTextContent(
    sentence
  );
  expect(screen.getByRole('list', { name: 'Warnings' })).toHaveTextContent(
    'Slow.'
  );
});

test('an execution, its figures and its metrics are asked where they come from', async () => {
  const user = userEvent.setup();
  const given = props({
    metrics: { r2: 0.9 },
    outputs: [
      { output_type: 'display_data', data: { 'image/png': 'iVBORw0KGgo=' } },
      { output_type: 'stream', name: 'stdout', text: 'no figure' }
    ]
  });
  render(<Entry {...given} />);

  await user.click(
    screen.getByRole('button', { name: 'Where does this come from?' })
  );
  await user.click(
    screen.getByRole('button', { name: 'Where does this figure come from?' })
  );
  await user.click(
    screen.getByRole('button', { name: 'Where does r2 come from?' })
  );

  const whole = ['execution:k3f9a2/2', 'execution k3f9a2/2', 'before'];
  expect(given.onWhy.mock.calls).toEqual([
    whole,
    whole,
    ['metric:k3f9a2/2:r2', 'r2', 'before']
  ]);
});

test('its version goes back into the notebook, its cell is found, its code copied', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Entry {...given} />);

  await user.click(screen.getByRole('button', { name: /^Insert/ }));
  await user.click(screen.getByRole('button', { name: /^Go to cell/ }));
  await user.click(screen.getByRole('button', { name: 'Copy the code' }));

  expect(given.onInsert).toHaveBeenCalledExactlyOnceWith(given.entry.answer);
  expect(given.onGoToCell).toHaveBeenCalledExactlyOnceWith(given.entry.answer);
  expect(given.onCopy).toHaveBeenCalledExactlyOnceWith('print(6 * 7)', 'Code');
});

test('it is asked what changed since the run before, where that is offered', async () => {
  const user = userEvent.setup();
  const name = 'What changed since this cell ran in the run before?';
  const onChanges = vi.fn();
  const { rerender } = render(<Entry {...props()} />);
  expect(screen.queryByRole('button', { name })).toBeNull();

  rerender(<Entry {...props()} onChanges={onChanges} />);
  await user.click(screen.getByRole('button', { name }));
  expect(onChanges).toHaveBeenCalledOnce();
});

test('an execution without a cell has none to go to', () => {
  render(<Entry {...props({ cell_id: null })} />);

  expect(screen.getByRole('button', { name: /^Go to cell/ })).toBeDisabled();
});

test('Escape leads back, brackets lead to the executions before and after', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Entry {...given} />);

  expect(screen.getByRole('article')).toHaveFocus();
  fireEvent.keyDown(screen.getByRole('article'), { key: '[' });
  fireEvent.keyDown(screen.getByRole('article'), { key: ']' });
  await user.keyboard('{Escape}');

  expect(given.onEarlier).toHaveBeenCalledOnce();
  expect(given.onLater).toHaveBeenCalledOnce();
  expect(given.onBack).toHaveBeenCalledOnce();
});

test('a note is added with a button or a key, and the field is empty again', async () => {
  const user = userEvent.setup();
  const given = props();
  render(<Entry {...given} />);
  const field = screen.getByRole('textbox', { name: 'New note' });

  await user.type(field, 'looks [[right]');
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  await waitFor(() => expect(field).toHaveValue(''));
  await user.type(field, 'really{Shift>}{Enter}{/Shift}');

  expect(given.onNote.mock.calls).toEqual([['looks [right]'], ['really']]);
  expect(given.onEarlier).not.toHaveBeenCalled();
});

test('a note that could not be kept stays in the field, with the reason', async () => {
  const user = userEvent.setup();
  const given = props();
  given.onNote.mockRejectedValue(new Error('The journal is locked.'));
  render(<Entry {...given} />);

  await user.type(screen.getByRole('textbox', { name: 'New note' }), 'hm');
  await user.click(screen.getByRole('button', { name: 'Add note' }));

  expect(await screen.findByRole('alert')).toHaveTextContent(
    'The journal is locked.'
  );
  expect(screen.getByRole('textbox', { name: 'New note' })).toHaveValue('hm');
});

test('tags are added, several at once, and removed', async () => {
  const user = userEvent.setup();
  const given = props({ tags: ['old'] });
  render(<Entry {...given} />);

  await user.type(
    screen.getByRole('textbox', { name: 'New tag' }),
    'good, best{Enter}'
  );
  await user.click(screen.getByRole('button', { name: 'Remove the tag old' }));

  expect(given.onTag).toHaveBeenCalledExactlyOnceWith(['good', 'best']);
  expect(given.onUntag).toHaveBeenCalledExactlyOnceWith('old');
});

test('a large output is fetched and drawn when it is asked for', async () => {
  const user = userEvent.setup();
  const given = props({
    outputs: [
      {
        output_type: 'display_data',
        data: { 'text/html': { blob: 'ab12', bytes: 20_000_000 } }
      }
    ]
  });
  render(<Entry {...given} />);

  const output = screen.getByRole('region', { name: 'Output' });
  expect(given.complete).not.toHaveBeenCalled();
  await user.click(
    within(output).getByRole('button', { name: 'Show output (20 MB)' })
  );

  await waitFor(() => expect(output).toHaveTextContent('whole'));
});

test('while a large output is fetched its button keeps the focus, and the keys go on', async () => {
  const user = userEvent.setup();
  const given = props({
    outputs: [{ output_type: 'stream', text: 'x'.repeat(300_000) }]
  });
  given.complete.mockReturnValue(new Promise(() => undefined));
  render(<Entry {...given} />);
  const button = screen.getByRole('button', { name: /^Show output/ });
  await user.click(button);
  await user.click(button);

  expect(button).toHaveTextContent('Fetching…');
  expect(button).toHaveAttribute('aria-disabled', 'true');
  expect(button).toHaveFocus();
  expect(given.complete).toHaveBeenCalledOnce();
  await user.keyboard(']');
  expect(given.onLater).toHaveBeenCalledOnce();
});

test('a large output that cannot be fetched says why', async () => {
  const user = userEvent.setup();
  const given = props({
    outputs: [{ output_type: 'stream', text: 'x'.repeat(300_000) }]
  });
  given.complete.mockRejectedValue(new Error('No such content is kept.'));
  render(<Entry {...given} />);

  await user.click(screen.getByRole('button', { name: /^Show output/ }));

  expect(await screen.findByRole('alert')).toHaveTextContent(
    'No such content is kept.'
  );
});

test('of an output that was cut it is told how long it was', () => {
  render(
    <Entry
      {...props({
        outputs: [
          {
            output_type: 'stream',
            text: 'head … tail',
            truncated: true,
            bytes: 1_100_000_000
          }
        ]
      })}
    />
  );

  expect(
    screen.getByText('Only the beginning and the end were kept, of 1.1 GB.')
  ).toBeInTheDocument();
});

test('an entry that could not be loaded can be asked for again', async () => {
  const user = userEvent.setup();
  const given = props();
  render(
    <Entry {...given} entry={{ state: 'failed', message: 'No run k3f9a2.' }} />
  );

  expect(screen.getByRole('alert')).toHaveTextContent('No run k3f9a2.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));

  expect(given.onRetry).toHaveBeenCalledOnce();
});

test('while an entry is on its way, that is said', () => {
  render(<Entry {...props()} entry={{ state: 'loading' }} />);

  expect(screen.getByRole('status', { name: 'Loading' })).toBeInTheDocument();
});
