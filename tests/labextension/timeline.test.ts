import { beforeEach, expect, test } from 'vitest';

import { Client } from '../../labextension/src/client';
import { TimelineModel } from '../../labextension/src/models/timeline';
import type { RunPart } from '../../ui/src/answers';
import { run, summary } from '../ui/made';
import { FakeServer, settled } from './server';

let runs: RunPart[];
let server: FakeServer;
let timeline: TimelineModel;
let told: number;

beforeEach(() => {
  runs = [run({ run: 'new', executions: 250 })];
  server = new FakeServer()
    .on('GET runs', () => ({ runs }))
    .on('GET runs/new/executions', query => {
      const first = Number(query.get('first'));
      const last = Math.min(250, Number(query.get('last')));
      const numbers = Array.from(
        { length: Math.max(0, last - first + 1) },
        (_, index) => first + index
      );
      return {
        run: 'new',
        total: 250,
        executions: numbers.map(n => summary(n))
      };
    });
  timeline = new TimelineModel(new Client(server.send));
  told = 0;
  timeline.changed.connect(() => {
    told += 1;
  });
});

async function shown(): Promise<void> {
  await timeline.show({ notebook: 'sales.ipynb' });
}

test('runs of the notebook are asked for, and nothing else until somebody looks', async () => {
  await shown();

  expect(server.asked).toEqual(['GET runs?notebook=sales.ipynb&limit=50']);
  expect(timeline.rows.length).toBe(252);
  expect(timeline.summary('new', 250)).toBeUndefined();
});

test('a page of executions is fetched when one of it is in sight', async () => {
  await shown();
  timeline.inSight(0, 20);
  await settled();

  expect(server.asked.slice(1)).toEqual([
    'GET runs/new/executions?first=201&last=300&limit=100'
  ]);
  expect(timeline.summary('new', 250)?.first_lines).toBe('step_250 = 250');
  expect(timeline.summary('new', 200)).toBeUndefined();
});

test('what is known is not asked for again', async () => {
  await shown();
  timeline.inSight(0, 20);
  await settled();
  timeline.inSight(5, 25);
  await settled();

  expect(server.times('GET runs/new/executions')).toBe(1);
});

test('what flew past while scrolling is not fetched', async () => {
  runs = [run({ run: 'new', executions: 10_000 })];
  await shown();
  for (let at = 0; at < 9000; at += 100) {
    timeline.inSight(at, at + 20);
  }
  await settled();

  expect(server.times('GET runs/new/executions')).toBeLessThanOrEqual(5);
});

test('an execution that changed is asked for alone', async () => {
  await shown();
  timeline.inSight(0, 20);
  await settled();
  timeline.touched('new', 249);
  await settled();

  expect(server.asked.at(-1)).toBe(
    'GET runs/new/executions?first=249&last=249&limit=1'
  );
});

test('refreshes that overlap become one more, and nobody is told when nothing changed', async () => {
  await shown();
  const before = told;
  await Promise.all([1, 2, 3, 4, 5].map(() => timeline.refresh()));

  expect(server.times('GET runs')).toBe(1 + 2);
  expect(told).toBe(before);
});

test('a refresh that fails leaves what is shown', async () => {
  await shown();
  server.on('GET runs', () => {
    throw new TypeError('Failed to fetch');
  });
  await timeline.refresh();

  expect(timeline.runs.state).toBe('ready');
  expect(timeline.rows.length).toBe(252);
});

test('runs that cannot be had at all say why', async () => {
  server.on('GET runs', () => {
    throw new TypeError('Failed to fetch');
  });
  await shown();

  expect(timeline.runs).toEqual({
    state: 'failed',
    message: 'Failed to fetch'
  });
});

test('older runs come page by page, each once', async () => {
  const made = (from: number): RunPart[] =>
    Array.from({ length: 50 }, (_, index) =>
      run({ run: `r${from - index}`, executions: 1 })
    );
  server.on('GET runs', query => ({
    runs: query.get('before') === 'r51' ? made(50) : made(100)
  }));
  await shown();
  expect(timeline.rows.at(timeline.rows.length - 1).kind).toBe('older');

  timeline.inSight(0, timeline.rows.length - 1);
  timeline.inSight(0, timeline.rows.length - 1);
  await settled();

  expect(server.times('GET runs')).toBe(2);
  expect(timeline.runs.state === 'ready' && timeline.runs.answer.length).toBe(
    100
  );
});

test('an answer for a notebook that is no longer in front is dropped', async () => {
  let release: (value: { runs: RunPart[] }) => void = () => undefined;
  server.on('GET runs', query =>
    query.get('notebook') === 'slow.ipynb'
      ? new Promise(resolve => {
          release = resolve;
        })
      : { runs }
  );
  const slow = timeline.show({ notebook: 'slow.ipynb' });
  const fast = timeline.show({ notebook: 'sales.ipynb' });
  release({ runs: [run({ run: 'slow' })] });
  await Promise.all([slow, fast]);

  expect(timeline.runs).toEqual({ state: 'ready', answer: runs });
});

test('the newest run is open, older ones and replays are closed until somebody opens them', async () => {
  runs = [
    run({ run: 'again', replay_of: 'new', executions: 7 }),
    run({ run: 'new', executions: 5 }),
    run({ run: 'old', executions: 9 })
  ];
  await shown();
  expect(timeline.rows.indexOf('new', 5)).toBeGreaterThan(0);
  expect(timeline.rows.indexOf('old', 9)).toBe(-1);
  expect(timeline.rows.indexOf('again', 7)).toBe(-1);

  timeline.toggle('old');
  timeline.toggle('new');

  expect(timeline.rows.indexOf('old', 9)).toBeGreaterThan(0);
  expect(timeline.rows.indexOf('new', 5)).toBe(-1);
});

test('an execution that is not there although later ones are is gone', async () => {
  server.on('GET runs/new/executions', {
    run: 'new',
    total: 250,
    executions: [summary(250), summary(248)]
  });
  await shown();
  timeline.inSight(0, 5);
  await settled();

  expect(timeline.summary('new', 249)).toBeNull();
  expect(timeline.summary('new', 251)).toBeUndefined();
});
