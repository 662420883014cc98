import { beforeEach, expect, test, vi } from 'vitest';

import { Client } from '../../labextension/src/client';
import { LineageModel, addressIn } from '../../labextension/src/models/lineage';
import { lineage, why } from '../ui/made';
import { FakeServer, refusal, settled } from './server';

let server: FakeServer;
let model: LineageModel;
const QUESTION = {
  target: 'results/model.pkl',
  label: 'model.pkl',
  way: 'before' as const
};

beforeEach(() => {
  server = new FakeServer()
    .on('GET why', why())
    .on('GET lineage', (query: URLSearchParams) =>
      query.get('target') === 'file:raw.csv'
        ? lineage(['execution:j/9 > file:raw.csv'])
        : lineage(['file:raw.csv > execution:k/1 > file:model.pkl'], {
            'file:raw.csv': { more_before: true, more_after: true }
          })
    );
  model = new LineageModel(new Client(server.send), QUESTION);
});

const ids = (): string[] =>
  model.lineage.state === 'ready'
    ? model.lineage.answer.nodes.map(({ id }) => id)
    : [];

test('nothing is asked until the tab is seen, and then once', async () => {
  expect(server.asked).toEqual([]);
  await Promise.all([model.begin(), model.begin()]);
  await model.begin();

  expect(server.asked).toEqual([
    'GET why?target=results%2Fmodel.pkl',
    'GET lineage?target=results%2Fmodel.pkl&direction=before&depth=8&limit=200'
  ]);
  expect(model.why).toMatchObject({ answer: { target: 'model.pkl' } });
});

test('who used something is asked forward', async () => {
  model = new LineageModel(new Client(server.send), {
    ...QUESTION,
    way: 'after'
  });
  await model.begin();

  expect(server.asked[0]).toBe('GET why?target=results%2Fmodel.pkl&forward=1');
  expect(server.asked[1]).toContain('direction=after');
});

test('a node grows on the side that was asked about; meanwhile it is busy', async () => {
  await model.begin();
  const asked = model.expand('file:raw.csv', 'before');
  expect([...model.busy]).toEqual(['file:raw.csv']);
  void model.expand('file:raw.csv', 'before');
  await asked;

  expect(server.asked.at(-1)).toContain('target=file%3Araw.csv');
  expect(server.times('GET lineage')).toBe(2);
  expect(ids()).toContain('execution:j/9');
  expect(model.busy.size).toBe(0);
});

test('a side that brought nothing new is not offered again', async () => {
  await model.begin();
  await model.expand('file:model.pkl', 'after');
  server.on('GET lineage', lineage(['file:raw.csv']));
  await model.expand('file:raw.csv', 'after');

  expect(
    model.lineage.state === 'ready' &&
      model.lineage.answer.nodes.find(({ id }) => id === 'file:raw.csv')
  ).toMatchObject({ more_after: false });
});

test('more that does not come is told, and what was there stays', async () => {
  await model.begin();
  server.on('GET lineage', () => refusal(422, 'The journal is locked.'));
  await model.expand('file:raw.csv', 'before');

  expect(model.problem).toBe('The journal is locked.');
  expect(ids()).toHaveLength(3);
  expect(model.busy.size).toBe(0);
  await model.refresh();
  expect(model.problem).toBe('');
});

test('a refused question carries the sentence of the server, and can be asked again', async () => {
  server.on('GET lineage', () =>
    refusal(404, "There is no file 'x.csv' here. A file of the same name …")
  );
  await model.begin();
  expect(model.lineage).toMatchObject({
    state: 'failed',
    message: "There is no file 'x.csv' here. A file of the same name …"
  });
  server.on('GET lineage', lineage(['file:x.csv']));
  await model.refresh();

  expect(ids()).toEqual(['file:x.csv']);
});

test('everybody is told when something changed', async () => {
  const changed = vi.fn();
  model.changed.connect(changed);
  await model.begin();
  await settled();

  expect(changed).toHaveBeenCalledOnce();
});

test('two runs are compared, the second or the one before', async () => {
  server.on('GET diff', {});
  const client = new Client(server.send);
  await client.diff('k/3');
  await client.diff('k/3', 'j/3');

  expect(server.asked).toEqual([
    'GET diff?a=k%2F3',
    'GET diff?a=k%2F3&b=j%2F3'
  ]);
});

test('the nearest known thing is found in the sentence that names it', () => {
  expect(
    addressIn(
      "'x.csv': nobody recorded this. A file of the same name is known: '/d/7/x.csv', k3f9a2/66, 2026-11-20T12:25:15+00:00."
    )
  ).toBe('k3f9a2/66');
  expect(addressIn("There is no file 'a/1, b' here.")).toBeNull();
});
