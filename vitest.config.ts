import { defineConfig } from 'vitest/config';

export default defineConfig({
  esbuild: { jsx: 'automatic' },
  test: {
    environment: 'jsdom',
    include: ['{ui,labextension,tests}/**/*.test.{ts,tsx}'],
    exclude: ['node_modules/**', 'lib/**'],
    setupFiles: ['tests/ui/setup.ts'],
    // A busy machine is slow, not wrong.
    testTimeout: 30_000
  }
});
