/** What the graph component asks of a browser and jsdom does not have: a size for everything. */
import { vi } from 'vitest';

import { windowOf } from './size';

class Sized implements ResizeObserver {
  constructor(private readonly told: ResizeObserverCallback) {}

  observe(target: Element): void {
    const contentRect = { width: 1000, height: 700 };
    this.told([{ target, contentRect } as ResizeObserverEntry], this);
  }

  unobserve(): void {
    return;
  }

  disconnect(): void {
    return;
  }
}

export function drawable(): void {
  windowOf(700, 1000);
  vi.stubGlobal('ResizeObserver', Sized);
  vi.stubGlobal(
    'DOMMatrixReadOnly',
    class {
      readonly m22 = 1;
    }
  );
}
