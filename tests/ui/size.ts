/** jsdom lays nothing out: a window of so many pixels for lists that draw what is in sight. */
import { vi } from 'vitest';

export function windowOf(height: number, width = 320): void {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(
    height
  );
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(width);
}
