import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'

// Biome lints everything else. Here is only what it cannot see: promises that nobody awaits (needs types, so it is
// slow, and runs on worker/ alone), and .svelte files.
export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/.svelte-kit/',
      '**/.wrangler/',
      '**/.local/',
      'web/static/',
      'web/src/lib/paraglide/',
    ],
  },
  {
    files: ['worker/**/*.ts', 'worker/**/*.tsx'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // The error surfaces, the rows stay: an async callback is no transaction.
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.property.name='transactionSync'] > ArrowFunctionExpression[async=true]",
          message:
            'transactionSync takes a synchronous callback: with an async one a throw rolls nothing back.',
        },
      ],
    },
  },
  ...svelte.configs['flat/recommended'],
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    // The pages are served at the root of their host, with no base path to resolve.
    rules: { 'svelte/no-navigation-without-resolve': 'off' },
  },
)
