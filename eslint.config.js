import pluginVue from 'eslint-plugin-vue';
import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript';

// The consensus and the ledger must compute the same on every machine and at every time: whatever could differ
// is refused where it is written. The tidy test refuses the same again, so that a comment cannot switch it off.
const deterministic = {
  'no-restricted-globals': [
    'error',
    { name: 'Date', message: 'Time enters the core only as nowMs.' },
    { name: 'Promise', message: 'The core is synchronous: emit an effect.' },
    { name: 'Intl', message: 'Locales differ between machines.' },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Randomness is injected.' },
    { object: 'JSON', property: 'stringify', message: 'Encode canonically (SSZ).' },
    { property: 'localeCompare', message: 'Compare bytes.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: ':function[async=true]', message: 'The core is synchronous: emit an effect.' },
    { selector: 'AwaitExpression', message: 'The core is synchronous: emit an effect.' },
    {
      selector: 'CallExpression[callee.property.name=/^(sort|toSorted)$/][arguments.length=0]',
      message: 'Give sort a comparator.',
    },
  ],
};

export default defineConfigWithVueTs(
  { ignores: ['dist/', 'release/', 'coverage/', '.cache/', 'node_modules/'] },
  pluginVue.configs['flat/recommended'],
  vueTsConfigs.strict,
  {
    rules: {
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['error'] }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Indexed access is checked (noUncheckedIndexedAccess); a bounded loop over bytes may assert.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Markup is formatted by prettier.
      'vue/html-self-closing': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/no-v-html': 'error',
      // The pictures are called what they are: Ring, Bar, Lanes.
      'vue/multi-word-component-names': 'off',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/component-api-style': ['error', ['script-setup']],
    },
  },
  { files: ['src-main/core/**/*.ts', 'src-main/ledger/**/*.ts'], rules: deterministic },
  {
    files: ['src-main/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['*.config.{js,ts}', 'scripts/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  { files: ['*.config.{js,ts}'], rules: { 'no-restricted-exports': 'off' } },
  { files: ['**/*.vue'], rules: { 'no-restricted-exports': 'off' } },
);
