import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { JournalModel } from '../../labextension/src/models/journal';
import { SCHEMA_ID } from '../../labextension/src/models/live';
import type { RunPart } from '../../ui/src/answers';
import { execution, run, summary } from '../ui/made';
import { FakeServer } from './server';

const FRONT = {
  path: 'sales.ipynb',
  kernelId: 'kernel-1',
  language: 'python',
  cellId: 'cell-2',
  source: ''
};

let runs: RunPart[];
let server: FakeServer;
let journal: JournalModel;

beforeEach(async () => {
  vi.useFakeTimers();
  runs = [run({ executions: 3 })];
  server = new FakeServer()
    .on('GET status', {
      recording: true,
      runs: 1,
      executions: 3,
      bytes: 1,
      problems: []
    })
    .on('GET runs', () => ({ runs }))
    .on('GET versions', { versions: [] })
    .on('GET runs/k3f9a2/executions/2', () => execution())
    .on('GET runs/k3f9a2/executions', {
      run: 'k3f9a2',
      total: 3,
      executions: [1, 2, 3].map(n => summary(n))
    });
  journal = new JournalModel(new Client(server.send));
  journal.notebook = FRONT;
  await vi.advanceTimersByTimeAsync(10);
});

afterEach(() => {
  vi.useRealTimers();
});

function hear(what: string, n = 0): void {
  journal.live.heard({ schema_id: SCHEMA_ID, what, run: 'k3f9a2', n });
}

async function show(): Promise<void> {
  journal.live.visible = true;
  await vi.advanceTimersByTimeAsync(10);
  journal.timeline.inSight(0, 5);
  await vi.advanceTimersByTimeAsync(10);
  server.asked.length = 0;
}

test('nothing is asked while nobody can see the panel', async () => {
  hear('started', 4);
  await vi.advanceTimersByTimeAsync(1000);

  expect(server.asked).toEqual([]);
});

test('when it becomes visible, everything shown is asked for once', async () => {
  journal.live.visible = true;
  await vi.advanceTimersByTimeAsync(10);

  expect(server.asked).toEqual(
    expect.arrayContaining([
      'GET status',
      'GET runs?notebook=sales.ipynb&limit=50'
    ])
  );
  expect(server.times('GET status')).toBe(1);
});

test('a hundred events of a quick run lead to a few questions', async () => {
  await show();
  for (let n = 4; n < 104; n++) {
    hear('started', n);
    hear('ended', n);
  }
  await vi.advanceTimersByTimeAsync(1000);

  expect(server.times('GET runs')).toBe(1);
  expect(server.times('GET status')).toBe(1);
});

test('an execution that ended is asked for again, and the entry that shows it', async () => {
  await show();
  void journal.entry.open('k3f9a2/2');
  await vi.advanceTimersByTimeAsync(10);
  server.asked.length = 0;
  hear('ended', 2);
  await vi.advanceTimersByTimeAsync(1000);

  expect(server.asked).toEqual(
    expect.arrayContaining([
      'GET runs/k3f9a2/executions?first=2&last=2&limit=1',
      'GET runs/k3f9a2/executions/2'
    ])
  );
});

test('events of others are none of our business', async () => {
  await show();
  journal.live.heard({
    schema_id: 'https://events.jupyter.org/other',
    what: 'ended',
    run: 'k3f9a2',
    n: 1
  });
  journal.live.heard({ schema_id: SCHEMA_ID, what: 7 });
  await vi.advanceTimersByTimeAsync(1000);

  expect(server.asked).toEqual([]);
});

test('another selected cell brings its versions when they are looked at', async () => {
  await show();
  journal.notebook = { ...FRONT, cellId: 'cell-9' };
  expect(server.times('GET versions')).toBe(0);

  journal.show('cell');
  await vi.advanceTimersByTimeAsync(10);

  expect(server.asked.at(-1)).toBe(
    'GET versions?notebook=sales.ipynb&cell_id=cell-9'
  );
});

test('versions asked for out of an entry stay until another cell is selected', async () => {
  await show();
  journal.showVersions({ notebook: 'sales.ipynb', cellId: 'gone' });
  journal.notebook = { ...FRONT, source: 'edited' };
  expect(journal.versions.cell?.cellId).toBe('gone');

  journal.notebook = { ...FRONT, cellId: 'cell-3' };

  expect(journal.versions.cell?.cellId).toBe('cell-3');
});

test('a kernel that executes and is never heard of is not recorded; one that is heard of is', async () => {
  await show();
  void journal.kernels.executed('kernel-1');
  void journal.kernels.executed('kernel-2');
  await vi.advanceTimersByTimeAsync(5000);

  expect(journal.kernels.isUnseen('kernel-1')).toBe(false);
  expect(journal.kernels.isUnseen('kernel-2')).toBe(true);
});
