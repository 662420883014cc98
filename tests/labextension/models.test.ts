import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { EntryModel } from '../../labextension/src/models/entry';
import { ReplaysModel } from '../../labextension/src/models/replays';
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
  server
    .on('POST replays', { job: 'job1' })
    .on('GET replays/job1', () => state);
  const replays = new ReplaysModel(client);
  const ended = vi.fn();
  replays.ended.connect(ended);
  await replays.start('k3f9a2');
  await vi.advanceTimersByTimeAsync(1500);
  expect(replays.replays[0]?.replay).toEqual({
    address: 'k3f9a2',
    state: 'running',
    progress: 'executing 1 of 2'
  });

  state = { state: 'done', progress: '', answer: { reproduced: true } };
  await vi.advanceTimersByTimeAsync(5000);

  expect(replays.replays[0]?.replay).toMatchObject({
    state: 'done',
    answer: { reproduced: true }
  });
  expect(ended).toHaveBeenCalledOnce();
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.asked).toHaveLength(asked);
});

test('a replay that fails tells the sentence of the server', async () => {
  server.on('POST replays', { job: 'job1' }).on('GET replays/job1', {
    state: 'failed',
    progress: '',
    answer: null,
    message: 'The folder is too large.'
  });
  const replays = new ReplaysModel(client);
  await replays.start('k3f9a2');
  await vi.advanceTimersByTimeAsync(1500);

  expect(replays.replays[0]?.replay).toMatchObject({
    state: 'failed',
    message: 'The folder is too large.'
  });
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
