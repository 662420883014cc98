/** Every visible string goes through the application's translator, handed down by context. */
import { createContext, useContext } from 'react';

/** The part of Lab's translation bundle that components use; `%1`, `%2` … stand for what follows. */
export interface Words {
  __(text: string, ...values: unknown[]): string;
  _n(singular: string, plural: string, n: number, ...values: unknown[]): string;
}

/** The words as they stand in the source. */
export const PLAIN: Words = {
  __: (text, ...values) => filled(text, values),
  _n: (singular, plural, n, ...values) =>
    filled(n === 1 ? singular : plural, [n, ...values])
};

const Context = createContext<Words>(PLAIN);

export const WordsProvider = Context.Provider;

export function useWords(): Words {
  return useContext(Context);
}

function filled(text: string, values: unknown[]): string {
  return text.replace(/%(\d)/g, (whole, place: string) => {
    const index = Number(place) - 1;
    return index < values.length ? String(values[index]) : whole;
  });
}
