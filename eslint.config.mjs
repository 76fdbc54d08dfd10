// Lint rules: type-aware strictness everywhere, and no hidden clock or chance in pure rooms.
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

const PURE = [
  'src/core/**',
  'src/dag/**',
  'src/export/**',
  'src/sync/**',
  'src/lake/**',
  'src/scheduling/**',
  'src/cost/**',
];
const noClock = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take a seed.',
  },
];

export default tseslint.config(
  { ignores: ['lib/**', 'node_modules/**', '.tidemark/**', '**/*.mjs', '**/*.cjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { jsdoc },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: PURE, rules: { 'no-restricted-syntax': ['error', ...noClock] } },
  {
    // A query may run a workflow with the time of another task (docs/decisions.md, 16).
    files: ['workflows/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...noClock.map(({ selector, message }) => ({
          selector,
          message: message.replace(
            'Take the time as an argument',
            'Learn the time from the history',
          ),
        })),
      ],
    },
  },
  // Bodies of tasks are async, whatever they do.
  { files: ['examples/**'], rules: { '@typescript-eslint/require-await': 'off' } },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: [...PURE, 'src/index.ts'],
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        { publicOnly: true, contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'] },
      ],
    },
  },
);
