import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import type { FilePart, FramePart } from '../../ui/src/answers';
import { NotSeen, Queries, Remotes } from '../../ui/src/entry/Elsewhere';
import { Files } from '../../ui/src/entry/Files';
import { Frames } from '../../ui/src/entry/Frames';
import { columnsOf, strip } from '../../ui/src/profiles';

const SHA = 'ab'.repeat(32);

function files(...facts: Partial<FilePart>[]) {
  const given = {
    files: facts.map(fact => ({
      path: '/home/ada/sales.csv',
      sha256: SHA,
      bytes: 1500,
      ...fact
    })),
    onCopy: vi.fn(),
    onWhy: vi.fn()
  };
  render(<Files {...given} />);
  return given;
}

function frame(facts: Partial<FramePart> = {}): FramePart {
  return {
    name: 'sales',
    kind: 'pandas',
    rows: 1234,
    columns: 3,
    schema: '',
    content: '',
    complete: true,
    profile: {
      columns: [
        {
          name: 'price',
          type: 'float64',
          nulls: 0.031,
          quantiles: [0, 1, 2, 4.5, 6, 9, 12],
          mean: 4.2
        },
        {
          name: 'city',
          type: 'object',
          nulls: 0,
          distinct: 3,
          top: [
            ['Rome', 40],
            ['Oslo', 20]
          ]
        },
        { name: 'id', type: 'object', nulls: 0, distinct: 1234 }
      ]
    },
    ...facts
  };
}

test('a file tells its size, its digest, that it is kept, and how that was learnt', () => {
  files({
    kept: true,
    layer: 'audit fanotify',
    confidence: 'certain',
    hash_state: 'at-read'
  });
  const item = screen.getByRole('listitem');

  expect(item).toHaveTextContent('sales.csv');
  expect(item).toHaveTextContent('1.5 kB');
  expect(item).toHaveTextContent('kept');
  expect(item).toHaveTextContent('seen in Python, reported by the system');
  expect(screen.getByRole('button', { name: /^Copy/ })).toHaveAttribute(
    'title',
    `SHA-256 ${SHA} of the content that was read. Copy it.`
  );
});

test('what is not certain says so in words', () => {
  files({ confidence: 'unattributed', layer: 'fanotify' });

  expect(
    screen.getByText(/^Not certain: it was touched while the cell ran/)
  ).toBeVisible();
});

test('a content that is not known says why, and is asked about by its path', async () => {
  const given = files({
    sha256: null,
    reason: 'it was larger than the budget allows'
  });

  expect(
    screen.getByText('content not known: it was larger than the budget allows')
  ).toBeVisible();
  await userEvent.click(
    screen.getByRole('button', { name: 'Where does sales.csv come from?' })
  );
  expect(given.onWhy).toHaveBeenCalledExactlyOnceWith(
    'path:/home/ada/sales.csv',
    'sales.csv',
    'before'
  );
});

test('a file is asked about by its content, back and forward', async () => {
  const given = files({});

  await userEvent.click(
    screen.getByRole('button', { name: 'Where does sales.csv come from?' })
  );
  await userEvent.click(
    screen.getByRole('button', { name: 'Who used sales.csv?' })
  );
  expect(given.onWhy.mock.calls).toEqual([
    [`file:${SHA}`, 'sales.csv', 'before'],
    [`file:${SHA}`, 'sales.csv', 'after']
  ]);
});

test('renamed, deleted and packaged files say so', () => {
  files(
    { moved: '/home/ada/old.csv' },
    { deleted: true, moved: '/home/ada/new.csv' },
    { package: 'seaborn 0.13' }
  );
  const [was, now, part] = screen.getAllByRole('listitem');

  expect(was).toHaveTextContent('was old.csv');
  expect(now).toHaveTextContent('deleted');
  expect(now).toHaveTextContent('now new.csv');
  expect(part).toHaveTextContent('part of seaborn 0.13');
});

test('of a thousand files the first are shown, and the rest on demand', async () => {
  files(...Array.from({ length: 1000 }, (_, n) => ({ path: `/d/${n}.csv` })));

  expect(screen.getAllByRole('listitem')).toHaveLength(12);
  await userEvent.click(screen.getByRole('button', { name: 'Show all 1,000' }));
  expect(screen.getAllByRole('listitem')).toHaveLength(1000);
});

test('a frame shows its shape, and its columns with types, ranges, nulls and bars', async () => {
  render(<Frames frames={[frame()]} />);

  expect(screen.getByText('1,234 × 3')).toBeVisible();
  await userEvent.click(screen.getByText('sales'));
  const table = screen.getByRole('table', { name: 'Columns of sales' });
  const [price, city, id] = within(table).getAllByRole('row');
  expect(price).toHaveTextContent('pricefloat64');
  expect(price).toHaveTextContent('0 … 12');
  expect(price).toHaveTextContent('3 % missing');
  expect(
    screen.getByRole('img', {
      name: 'half of it between 2 and 6, median 4.5'
    })
  ).toBeInTheDocument();
  expect(city).toHaveTextContent('Rome, Oslo');
  expect(city).not.toHaveTextContent('missing');
  expect(
    screen.getByRole('img', { name: 'Rome: 40 times, Oslo: 20 times' })
  ).toBeInTheDocument();
  expect(id).toHaveTextContent('1234 different values');
});

test('a frame of which not everything was looked at says so; one without profile shows its shape', () => {
  render(
    <Frames
      frames={[
        frame({ complete: false }),
        frame({ name: 'raw', profile: {}, rows: null })
      ]}
    />
  );

  expect(
    screen.getByText(/^Not every column was looked at/)
  ).toBeInTheDocument();
  expect(screen.getByText('3 columns')).toBeVisible();
});

test('a recorded profile of any shape is read without harm', () => {
  expect(columnsOf({ columns: 'none' })).toEqual([]);
  expect(
    columnsOf({
      columns: [
        null,
        7,
        { name: 3 },
        { name: 'a', type: 5, nulls: 'x', quantiles: [1, null], top: [[1], 2] }
      ]
    })
  ).toEqual([
    {
      name: 'a',
      type: '',
      nulls: null,
      distinct: null,
      quantiles: [1],
      top: []
    }
  ]);
});

test('a strip spans what lies between the outermost hundredths; times are places, too', () => {
  expect(strip([-1000, 0, 2, 5, 7, 10, 1e9])).toEqual({
    left: 0.2,
    middle: 0.5,
    right: 0.7
  });
  expect(
    strip([
      '2026-01-01',
      '2026-01-01',
      '2026-01-03',
      '2026-01-05',
      '2026-01-07',
      '2026-01-09',
      '2026-01-09'
    ])
  ).toMatchObject({ left: 0.25, middle: 0.5 });
  expect(strip([1, 1, 1, 1, 1, 1, 1])).toBeNull();
  expect(strip([0, 1, 'NaN', 3, 4, 5, 6])).toBeNull();
});

test('a query shows its statement and leads to its tables', async () => {
  const onWhy = vi.fn();
  render(
    <Queries
      onWhy={onWhy}
      queries={[
        {
          database: '/home/ada/shop.db',
          dialect: 'sqlite',
          statement: 'SELECT * FROM orders WHERE day > ?',
          reads: ['orders'],
          writes: [],
          times: 3,
          rows: 1200
        }
      ]}
    />
  );
  const item = screen.getByRole('listitem');

  expect(item).toHaveTextContent('SELECT * FROM orders WHERE day > ?');
  expect(item).toHaveTextContent('shop.db');
  expect(item).toHaveTextContent('1200 rows');
  expect(item).toHaveTextContent('3 times');
  await userEvent.click(screen.getByRole('button', { name: 'orders' }));
  expect(onWhy).toHaveBeenCalledExactlyOnceWith(
    'table:/home/ada/shop.db#orders',
    'orders',
    'before'
  );
});

test('remote data is told with its address as text: nothing leads there', () => {
  render(
    <Remotes
      onCopy={vi.fn()}
      onWhy={vi.fn()}
      remotes={[
        {
          role: 'read',
          url: 'https://data.example.org/v2/holidays.json?year=2026',
          version: '"abc"',
          modified: '',
          bytes: 12_000,
          sha256: null
        }
      ]}
    />
  );
  const item = screen.getByRole('listitem');

  expect(item).toHaveTextContent('holidays.json');
  expect(item).toHaveTextContent('https://data.example.org/v2/holidays.json');
  expect(item).toHaveTextContent('version "abc"');
  expect(screen.queryByRole('link')).toBeNull();
});

test('what was not seen is said plainly, and hostile text stays text', () => {
  render(<NotSeen sentences={['<b onclick=x>A queue overflowed.</b>']} />);

  expect(screen.getByRole('listitem')).toHaveTextContent(
    '<b onclick=x>A queue overflowed.</b>'
  );
});
