/** A server that answers as it is told and remembers what it was asked. */
import type { Send } from '../../labextension/src/client';

type Reply = object | ((query: URLSearchParams, body: unknown) => unknown);

export class FakeServer {
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  private readonly replies = new Map<string, Reply>();

  /** `request` is 'GET status'; the query is handed to a function. */
  on(request: string, reply: Reply): this {
    this.replies.set(request, reply);
    return this;
  }

  readonly send: Send = (path, init) => {
    const [place = '', query = ''] = path.split('?');
    const request = `${init.method ?? 'GET'} ${place}`;
    this.asked.push(query === '' ? request : `${request}?${query}`);
    const body: unknown =
      typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    this.bodies.push(body);
    const reply = this.replies.get(request);
    if (reply === undefined) {
      return Promise.resolve(
        new Response('<html>Not Found</html>', { status: 404 })
      );
    }
    try {
      const answer =
        typeof reply === 'function'
          ? (reply as (query: URLSearchParams, body: unknown) => unknown)(
              new URLSearchParams(query),
              body
            )
          : reply;
      return Promise.resolve(answer).then(document =>
        document instanceof Response
          ? document
          : new Response(JSON.stringify(document))
      );
    } catch (problem) {
      return Promise.reject(problem);
    }
  };

  times(request: string): number {
    return this.asked.filter(
      asked => asked === request || asked.startsWith(`${request}?`)
    ).length;
  }
}

export function refusal(status: number, message: string): Response {
  return new Response(JSON.stringify({ message, reason: null }), { status });
}

/** Everything that waits for nothing but promises has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}
