import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { ChecksModel } from '../../labextension/src/models/checks';
import { EntryModel } from '../../labextension/src/models/entry';
import { JobsModel } from '../../labextension/src/models/jobs';
import { SearchModel } from '../../labextension/src/models/search';
import { StatusModel } from '../../labextension/src/models/status';
import type { OutputPart } from '../../ui/src/answers';
import { execution } from '../ui/made';
import { FakeServer, refusal } from './server';

let server: FakeServer;
let client: Client;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  client = new Client(server.send);
});

afterEach(() => {
  vi.useRealTimers();
});

test('a search waits until typing pauses, and asks once', async () => {
  server.on('GET search', query => ({ hits: [{ address: query.get('q') }] }));
  const search = new SearchModel(client);
  for (const text of ['s', 'sa', 'sal', 'sales']) {
    search.ask(text);
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(500);

  expect(server.asked).toEqual(['GET search?q=sales&limit=50']);
  expect(search.hits).toMatchObject({ answer: [{ address: 'sales' }] });
});

test('a slow answer to an older query is dropped', async () => {
  server.on('GET search', query =>
    query.get('q') === 'old'
      ? new Promise(resolve =>
          setTimeout(() => resolve({ hits: ['old'] }), 900)
        )
      : { hits: ['new'] }
  );
  const search = new SearchModel(client);
  search.ask('old');
  await vi.advanceTimersByTimeAsync(300);
  search.ask('new');
  await vi.advanceTimersByTimeAsync(2000);

  expect(search.hits).toEqual({ state: 'ready', answer: ['new'] });
});

test('outputs that are as they were stay the same, so that they are not drawn again', async () => {
  const output = (text: string): OutputPart => ({
    output_type: 'stream',
    text
  });
  let answer = execution({ outputs: [output('one')] });
  server.on('GET runs/k3f9a2/executions/2', () => answer);
  const entry = new EntryModel(client);
  await entry.open('k3f9a2/2');
  const before = entry.entry;
  answer = execution({ outputs: [output('one'), output('two')] });
  await entry.refresh();

  expect(before.state === 'ready' && entry.entry.state === 'ready').toBe(true);
  if (before.state === 'ready' && entry.entry.state === 'ready') {
    expect(entry.entry.answer.outputs).toHaveLength(2);
    expect(entry.entry.answer.outputs[0]).toBe(before.answer.outputs[0]);
  }
});

test('a note is kept and stands in the entry at once', async () => {
  const notes = [{ n: 2, text: 'right', at: '2026-11-03T09:00:00' }];
  server
    .on('GET runs/k3f9a2/executions/2', execution())
    .on('POST notes', { address: 'k3f9a2/2', notes, tags: [], name: null });
  const entry = new EntryModel(client);
  await entry.open('k3f9a2/2');
  await entry.note('right');

  expect(server.bodies.at(-1)).toEqual({ address: 'k3f9a2/2', text: 'right' });
  expect(entry.entry).toMatchObject({ answer: { notes } });
});

test('references in an output become what they refer to', async () => {
  server
    .on('GET blobs/aa', () => new Response('<b>long</b>'))
    .on('GET blobs/bb', () => new Response(new Uint8Array([137, 80, 78, 71])));
  const whole = await new EntryModel(client).complete({
    output_type: 'display_data',
    data: {
      'text/html': { blob: 'aa', bytes: 11 },
      'image/png': { blob: 'bb', bytes: 4, base64: true },
      'text/plain': 'kept'
    }
  });

  expect(whole.data).toEqual({
    'text/html': '<b>long</b>',
    'image/png': 'iVBORw==',
    'text/plain': 'kept'
  });
});

test('a replay is followed until its verdict, which is told once', async () => {
  let state = {
    state: 'running',
    progress: 'executing 1 of 2',
    answer: null as unknown
  };
  server.on('POST replays', { job: 'job1' }).on('GET jobs/job1', () => state);
  const jobs = new JobsModel(client);
  const ended = vi.fn();
  jobs.ended.connect(ended);
  await jobs.replay('k3f9a2', 'recorded');
  expect(server.bodies.at(-1)).toEqual({
    address: 'k3f9a2',
    environment: 'recorded'
  });
  await vi.advanceTimersByTimeAsync(1500);
  expect(jobs.tasks[0]?.task).toEqual({
    kind: 'replay',
    replay: {
      address: 'k3f9a2',
      environment: 'recorded',
      state: 'running',
      progress: 'executing 1 of 2'
    }
  });

  state = { state: 'done', progress: '', answer: { reproduced: true } };
  await vi.advanceTimersByTimeAsync(5000);

  expect(jobs.tasks[0]?.task).toMatchObject({
    replay: { state: 'done', answer: { reproduced: true } }
  });
  expect(ended).toHaveBeenCalledOnce();
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.asked).toHaveLength(asked);
});

test('a replay that fails tells the sentence of the server', async () => {
  server.on('POST replays', { job: 'job1' }).on('GET jobs/job1', {
    state: 'failed',
    progress: '',
    answer: null,
    message: 'The folder is too large.'
  });
  const jobs = new JobsModel(client);
  await jobs.replay('k3f9a2', 'current');
  await vi.advanceTimersByTimeAsync(1500);

  expect(jobs.tasks[0]?.task).toMatchObject({
    replay: { state: 'failed', message: 'The folder is too large.' }
  });
});

test('a proof is asked for with its place, followed, and stopped', async () => {
  let state = 'running';
  const answered = (): object => ({
    job: 'job2',
    kind: 'export',
    address: 'k3f9a2/7',
    path: 'clean.ipynb',
    state,
    progress: 'run 1: 3 cells',
    answer: null,
    message: ''
  });
  server
    .on('POST exports', { job: 'job2' })
    .on('GET jobs/job2', answered)
    .on('DELETE jobs/job2', answered);
  const jobs = new JobsModel(client);
  const choice = {
    kind: 'notebook',
    path: 'clean.ipynb',
    environment: true
  } as const;
  await jobs.prove('k3f9a2/7', choice, false);
  expect(server.bodies.at(-1)).toEqual({
    address: 'k3f9a2/7',
    kind: 'notebook',
    path: 'clean.ipynb',
    force: false,
    with_environment: true,
    verify: true
  });
  await vi.advanceTimersByTimeAsync(1500);
  expect(jobs.tasks[0]?.task).toMatchObject({
    proof: { state: 'running', progress: 'run 1: 3 cells' }
  });

  state = 'stopped';
  await jobs.stop('job2');

  expect(jobs.tasks[0]?.task).toEqual({
    kind: 'export',
    proof: { address: 'k3f9a2/7', path: 'clean.ipynb', state: 'stopped' }
  });
});

test('an export of which there is more to say stays until it is put away', () => {
  const jobs = new JobsModel(client);
  const answer = {
    path: '/home/ada/clean.ipynb',
    server_path: 'clean.ipynb',
    kind: 'notebook',
    address: 'k3f9a2',
    command: 'papermill clean.ipynb out.ipynb'
  };
  jobs.exported(answer);

  const [made] = jobs.tasks;
  expect(made?.task).toEqual({
    kind: 'export',
    proof: { address: 'k3f9a2', path: 'clean.ipynb', state: 'done', answer }
  });
  jobs.dismiss(made?.job ?? '');
  expect(jobs.tasks).toEqual([]);
});

test('what was begun before the page was loaded is followed again', async () => {
  const running = {
    job: 'job3',
    kind: 'export',
    address: 'k3f9a2/7',
    path: 'clean.ipynb',
    state: 'running',
    progress: 'starting a kernel',
    answer: null,
    message: ''
  };
  server
    .on('GET jobs', {
      jobs: [{ ...running, job: 'job1', state: 'done' }, running]
    })
    .on('GET jobs/job3', running);
  const jobs = new JobsModel(client);
  await jobs.remember();
  await jobs.remember();

  expect(server.times('GET jobs')).toBe(1);
  expect(jobs.tasks.map(({ job }) => job)).toEqual(['job3']);
});

test('a notebook is looked through once after a burst, and not where nothing ran', async () => {
  let recorded = true;
  const problem = {
    cell: 2,
    cell_id: 'b',
    execution_count: 4,
    first_line: 'print(a)',
    what: 'stale',
    why: "Cell 1 above it sets 'a' and ran again since, changed."
  };
  server.on('POST check', () => ({
    ok: false,
    notebook: '/home/ada/sales.ipynb',
    cells: 2,
    recorded,
    problems: [problem],
    latest: { b: 'k3f9a2/4' }
  }));
  const checks = new ChecksModel(client);
  checks.source = () => ({ path: 'sales.ipynb', cells: [{ id: 'b' }] });
  for (let times = 0; times < 9; times++) {
    checks.touched();
    await vi.advanceTimersByTimeAsync(200);
  }
  await vi.advanceTimersByTimeAsync(2000);

  expect(server.times('POST check')).toBe(1);
  expect(server.bodies.at(-1)).toEqual({
    notebook: 'sales.ipynb',
    cells: [{ id: 'b' }]
  });
  expect(checks.problems('sales.ipynb')).toEqual([problem]);
  expect(checks.problems('other.ipynb')).toEqual([]);
  expect(checks.stale('k3f9a2', 4)).toBe(problem.why);
  checks.dismiss('sales.ipynb');
  expect(checks.problems('sales.ipynb')).toEqual([]);

  recorded = false;
  checks.touched();
  await vi.advanceTimersByTimeAsync(2000);
  expect(checks.stale('k3f9a2', 4)).toBeUndefined();
});

test('a notebook that takes long to look through is looked through seldom', async () => {
  server.on(
    'POST check',
    () =>
      new Promise(resolve =>
        setTimeout(
          () =>
            resolve({
              ok: true,
              notebook: '',
              cells: 0,
              recorded: true,
              problems: [],
              latest: {}
            }),
          1000
        )
      )
  );
  const checks = new ChecksModel(client);
  checks.source = () => ({ path: 'sales.ipynb', cells: [] });
  checks.touched();
  await vi.advanceTimersByTimeAsync(2500);
  checks.touched();
  await vi.advanceTimersByTimeAsync(7000);
  expect(server.times('POST check')).toBe(1);

  await vi.advanceTimersByTimeAsync(7000);
  expect(server.times('POST check')).toBe(2);
});

test('a look that fails is silent', async () => {
  server.on('POST check', () => refusal(422, 'Too much code.'));
  const checks = new ChecksModel(client);
  checks.source = () => ({ path: 'sales.ipynb', cells: [] });
  checks.touched();
  await vi.advanceTimersByTimeAsync(2000);

  expect(checks.problems('sales.ipynb')).toEqual([]);
});

test('pausing is followed by a look at the status', async () => {
  let recording = true;
  server
    .on('GET status', () => ({ recording, paused: !recording, problems: [] }))
    .on('POST pause', () => {
      recording = false;
      return { recording };
    });
  const status = new StatusModel(client);
  await status.refresh();
  await status.record(false);

  expect(status.status).toMatchObject({
    answer: { recording: false, paused: true }
  });
});

test('a pause that is refused says so', async () => {
  server.on('POST pause', () => refusal(422, 'The journal cannot be written.'));

  await expect(new StatusModel(client).record(false)).rejects.toThrow(
    'The journal cannot be written.'
  );
});
