/** What every component test needs: readable matchers, a page emptied after each test, and silence: a warning that nobody expects fails the test. */
import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { format } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';

const { error, warn } = console;
let said: string[] = [];

// A test that expects something to be said takes it with a spy of its own.
beforeEach(() => {
  said = [];
  console.error = console.warn = (...words: unknown[]) =>
    void said.push(format(...words));
});

afterEach(() => {
  cleanup();
  Object.assign(console, { error, warn });
  expect(said).toEqual([]);
});
