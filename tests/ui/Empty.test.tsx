import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { Empty } from '../../ui/src/Empty';

test('an empty state says so in a sentence', () => {
  render(<Empty text="Nothing recorded yet." />);

  expect(screen.getByRole('status')).toHaveTextContent('Nothing recorded yet.');
});
