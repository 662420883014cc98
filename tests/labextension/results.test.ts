import { beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { JournalModel } from '../../labextension/src/models/journal';
import { ResultsModel } from '../../labextension/src/models/results';
import type { ResultPart } from '../../ui/src/results/answers';
import { FIRST_VIEW } from '../../ui/src/results/view';
import { page, result } from '../ui/tried';
import { FakeServer, refusal, settled } from './server';

let server: FakeServer;
let rows: ResultPart[];

beforeEach(() => {
  server = new FakeServer();
  rows = [result('k/2', { metrics: { loss: 1 } }), result('k/1')];
  server.on('GET results', query => answer(query));
});

/** What a server with these rows says. */
function answer(query: URLSearchParams) {
  const offset = Number(query.get('offset') ?? 0);
  const run = query.get('run');
  const tag = query.get('tag');
  const meant = rows.filter(
    row =>
      (run === null || row.run === run) &&
      (tag === null || row.tags.includes(tag))
  );
  const limit = Number(query.get('limit'));
  return page(meant.slice(offset, offset + limit), {
    total: meant.length,
    offset
  });
}

function model(most?: number): ResultsModel {
  return new ResultsModel(new Client(server.send), most);
}

async function followed(made = model()): Promise<ResultsModel> {
  made.follow();
  await settled();
  return made;
}

const known = (made: ResultsModel): readonly ResultPart[] =>
  made.table.state === 'ready' ? made.table.answer.rows : [];
const addresses = (made: ResultsModel): string[] =>
  known(made).map(row => row.address);

test('nothing is asked for until somebody looks', async () => {
  const made = model();
  made.front = 'tries.ipynb';
  await made.refresh();
  made.touched('k');

  expect(server.asked).toEqual([]);
});

test('a small page comes first, then large ones, until all are there', async () => {
  rows = Array.from({ length: 2500 }, (_, n) => result(`k/${2500 - n}`));
  const made = model();
  const growing: boolean[] = [];
  made.changed.connect(() => {
    growing.push(made.table.state === 'ready' && made.table.answer.growing);
  });
  made.front = 'tries.ipynb';
  await followed(made);
  await vi.waitFor(() => expect(known(made)).toHaveLength(2500));

  expect(server.asked.map(asked => asked.replace('GET results?', ''))).toEqual([
    'notebook=tries.ipynb&offset=0&limit=100',
    'notebook=tries.ipynb&offset=100&limit=1000',
    'notebook=tries.ipynb&offset=1100&limit=1000',
    'notebook=tries.ipynb&offset=2100&limit=1000'
  ]);
  expect(growing).toEqual([true, true, true, false]);
});

test('results that arrive while pages are read push none of the others out', async () => {
  rows = Array.from({ length: 150 }, (_, n) => result(`k/${150 - n}`));
  server.on('GET results', query => {
    const told = answer(query);
    if (server.times('GET results') === 1) {
      rows = [result('k/152'), result('k/151'), ...rows];
    }
    return told;
  });
  const made = await followed();

  await vi.waitFor(() => expect(addresses(made)).toHaveLength(152));
});

test('of too many, an order that was chosen before is asked of the server', async () => {
  rows = Array.from({ length: 300 }, (_, n) => result(`k/${300 - n}`));
  const made = model(100);
  made.setView(
    { ...FIRST_VIEW, sorted: { id: 'metric:loss', descending: true } },
    'tab'
  );
  await followed(made);

  await vi.waitFor(() =>
    expect(server.asked.at(-1)).toBe(
      'GET results?sort=loss&order=descending&offset=0&limit=100'
    )
  );
  await settled();
  expect(made.table).toMatchObject({ answer: { growing: false } });
  expect(server.times('GET results')).toBe(2);
});

test('of more than are held here the server sorts and filters', async () => {
  rows = Array.from({ length: 300 }, (_, n) =>
    result(`k/${300 - n}`, { tags: n === 250 ? ['old'] : [] })
  );
  const made = await followed(model(100));
  expect(known(made)).toHaveLength(100);

  made.setView(
    { ...FIRST_VIEW, sorted: { id: 'metric:loss', descending: false } },
    'tab'
  );
  await settled();
  expect(server.asked.at(-1)).toBe(
    'GET results?sort=loss&order=ascending&offset=0&limit=100'
  );
  made.setView(
    {
      ...FIRST_VIEW,
      sorted: { id: 'parameter:model.alpha', descending: true }
    },
    'tab'
  );
  await settled();
  expect(server.asked.at(-1)).toBe(
    'GET results?sort=parameters.model.alpha&order=descending&offset=0&limit=100'
  );
  made.setView(
    { ...FIRST_VIEW, filters: { ...FIRST_VIEW.filters, tag: 'old' } },
    'tab'
  );
  await settled();
  expect(addresses(made)).toEqual(['k/50']);
  made.setView(FIRST_VIEW, 'tab');
  await settled();
  expect(known(made)).toHaveLength(100);
});

test('a run that changed is asked for alone; rows that say the same stay the same objects', async () => {
  rows = [result('k/2'), result('j/1', { started: '2026-11-03T08:00:00.000' })];
  const made = await followed();
  const before = known(made);
  rows = [result('k/3'), ...rows];
  made.touched('k');
  await settled();

  expect(server.asked.at(-1)).toBe('GET results?run=k&limit=1000');
  expect(addresses(made)).toEqual(['k/3', 'k/2', 'j/1']);
  expect(known(made)[1]).toBe(before[0]);
  made.touched('k');
  const told = vi.fn();
  made.changed.connect(told);
  await settled();
  expect(told).not.toHaveBeenCalled();
});

test('a star is shown at once, and taken back with a sentence where it could not be written', async () => {
  server.on('POST tags', () => refusal(422, 'The journal is read-only.'));
  const made = await followed();
  const starring = made.star(known(made)[0] as ResultPart);
  expect(known(made)[0]?.star).toBe(true);
  await starring;

  expect(known(made)[0]?.star).toBe(false);
  expect(made.problem).toBe('The journal is read-only.');
  server.on('POST tags', {
    address: 'k/2',
    notes: [],
    tags: ['star'],
    name: null
  });
  await made.star(known(made)[0] as ResultPart);
  expect(made.problem).toBe('');
  expect(server.bodies.at(-1)).toEqual({ address: 'k/2', tags: ['star'] });
});

test('a refresh that fails leaves what is shown; a first one that fails says so', async () => {
  const made = await followed();
  server.on('GET results', () => refusal(500, 'The disk is gone.'));
  await made.refresh();
  expect(addresses(made)).toEqual(['k/2', 'k/1']);
  expect(made.problem).toBe('The disk is gone.');

  expect((await followed()).table).toEqual({
    state: 'failed',
    message: 'The disk is gone.'
  });
});

test('a slow answer about a notebook that is no longer in front is dropped', async () => {
  const waiting: (() => void)[] = [];
  server.on('GET results', query =>
    query.get('notebook') === 'old.ipynb'
      ? new Promise(resolve =>
          waiting.push(() => resolve(page([result('old/1')])))
        )
      : page([result('new/1')])
  );
  const made = model();
  made.front = 'old.ipynb';
  await followed(made);
  made.front = 'new.ipynb';
  waiting.forEach(let_go => let_go());
  await settled();

  expect(addresses(made)).toEqual(['new/1']);
});

test('what stands below the table is chosen for each place, everything else for both', () => {
  const made = model();
  made.setView({ ...FIRST_VIEW, pane: 'chart', selected: ['k/1'] }, 'tab');

  expect(made.viewIn('tab').pane).toBe('chart');
  expect(made.viewIn('panel')).toEqual({ ...FIRST_VIEW, selected: ['k/1'] });
});

test('a table in a tab of its own hears of changes while the panel is closed', async () => {
  vi.useFakeTimers();
  const journal = new JournalModel(new Client(server.send));
  journal.results.follow();
  await vi.advanceTimersByTimeAsync(10);
  const before = server.times('GET results');
  const event = {
    schema_id: 'https://labjournal/events/journal/v1',
    run: 'k',
    n: 3
  };
  journal.live.heard({ ...event, what: 'output' });
  await vi.advanceTimersByTimeAsync(500);
  expect(server.times('GET results')).toBe(before);
  journal.live.heard({ ...event, what: 'ended' });
  await vi.advanceTimersByTimeAsync(500);
  vi.useRealTimers();

  expect(server.times('GET results')).toBe(before + 1);
  expect(server.times('GET runs')).toBe(0);
});
