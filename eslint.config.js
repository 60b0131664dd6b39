// @ts-check
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const tests = ['**/*.{test,sim,kernel}.ts', '**/*.test.{js,mjs}'];
const plainScripts = ['**/*.{js,mjs,cjs}', '*.config.ts'];

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '.setup/', '**/*.generated.*', 'schemas/v1/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },

  {
    rules: {
      // Counts, ports and 64-bit counters stand in messages everywhere; String(n) around each would say nothing.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => stop()` is how a callback is passed; the void value goes nowhere.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `for (;;)` and `while (true)` loops end by break or return.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An async method of a port turns a throw into a rejection, also in a fake that waits for nothing.
      '@typescript-eslint/require-await': 'off',
      // noUncheckedIndexedAccess types every read of a typed array as possibly undefined; behind a bounds check `!`
      // states what is known, and a second check per byte would cost the packet path.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An interface fixes a method's parameters; the underscore says that this implementation needs none of them.
      // A rest sibling is how a key is left out of an object.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // A new family, action or message kind must show every place that has to learn it.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],

      eqeqeq: 'error',
      // The sizes that STYLE aims at: a file with one job, a function that fits a screen.
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },

  {
    name: 'the engine takes time and chance as arguments: the same input must give the same incident again',
    files: ['agent/src/engine/**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'crypto'].map(
          (name) => ({
            name,
            message: 'The engine is pure: take it through a port or an argument.',
          }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The engine is pure: take the time as an argument.' },
        { object: 'Math', property: 'random', message: 'The engine is pure: take a seeded generator.' },
      ],
    },
  },

  {
    files: tests,
    rules: {
      // A `describe` holds its cases; it is a chapter rather than a function.
      'max-lines-per-function': 'off',
      // `expect(fake.method)` hands the method to the matcher and never calls it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },

  {
    // Scripts, bins and configuration belong to no package's tsconfig, so there are no types to ask.
    files: plainScripts,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false, program: null } },
  },
  {
    files: ['**/*.cjs'],
    // Some tools read their configuration with require() only.
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
