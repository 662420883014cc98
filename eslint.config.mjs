import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'lib/**',
      'dist/**',
      'build/**',
      'server_ext/**',
      'node_modules/**',
      '.venv/**',
      '**/*.mjs'
    ]
  },
  js.configs.recommended,
  tseslint.configs.strict,
  hooks.configs.flat['recommended-latest'],
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: {
        project: './tsconfig.tests.json',
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { ignoreVoid: true }
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      eqeqeq: 'error',
      // Says that React Compiler would skip a component; nothing here is compiled with it.
      'react-hooks/incompatible-library': 'off',
      // A rule switched off in a comment is a rule nobody reads again.
      'no-warning-comments': ['error', { terms: ['todo', 'fixme'] }]
    },
    linterOptions: { noInlineConfig: true }
  },
  {
    // Components receive data and callbacks; the wiring to the application lives in labextension.
    files: ['ui/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@jupyterlab/*', '@lumino/*', '**/labextension/**'],
              message:
                'ui knows nothing of the application: pass data and callbacks in.'
            }
          ]
        }
      ]
    }
  }
);
