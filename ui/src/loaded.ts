/** What is known of an answer that takes a while. */
export type Loaded<T> =
  | { state: 'loading' }
  | { state: 'missing' }
  | { state: 'failed'; message: string }
  | { state: 'ready'; answer: T };

export const LOADING: Loaded<never> = { state: 'loading' };
