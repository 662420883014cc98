import { expect, test } from 'vitest';

import {
  Client,
  Refused,
  ServerPartMissing
} from '../../labextension/src/client';
import { FakeServer, refusal } from './server';

test('a question goes to its address, with what it is about in the query', async () => {
  const server = new FakeServer().on('GET runs', { runs: [] });
  await new Client(server.send).runs({
    notebook: 'my work/ä&b.ipynb',
    limit: 5
  });

  expect(server.asked).toEqual([
    'GET runs?notebook=my+work%2F%C3%A4%26b.ipynb&limit=5'
  ]);
});

test('hostile ids stay one part of the address', async () => {
  const server = new FakeServer();
  await expect(
    new Client(server.send).execution('../../api/contents/3')
  ).rejects.toThrow();

  expect(server.asked).toEqual(
    ['GET runs/../executions/NaN'].map(() =>
      expect.stringMatching(/^GET runs\/[^/]*\/executions\/[^/]*$/)
    )
  );
});

test('a refusal carries the sentence of the server', async () => {
  const server = new FakeServer().on('POST exports', () =>
    refusal(409, 'a.html exists already. Use another name.')
  );

  const choice = { kind: 'html', path: 'a.html' } as const;
  const refused = new Client(server.send).export('k', choice, false);
  await expect(refused).rejects.toBeInstanceOf(Refused);
  await expect(refused).rejects.toMatchObject({
    status: 409,
    message: 'a.html exists already. Use another name.'
  });
});

test('a server without labjournal is not the same as a run that is not there', async () => {
  const client = new Client(
    new FakeServer().on('GET runs/zz/executions/1', () =>
      refusal(404, "No run begins with 'zz'.")
    ).send
  );

  await expect(client.status()).rejects.toBeInstanceOf(ServerPartMissing);
  await expect(client.execution('zz/1')).rejects.toBeInstanceOf(Refused);
});
