import tseslint from 'typescript-eslint';

/**
 * The floors of the house (design, section 2): an arrow points down only. Each entry says which folders a folder
 * may not import. `workflows` and `activities` see each other's types only.
 */
const floors = {
  contracts: [
    'planning',
    'flink',
    'platform',
    'access',
    'config',
    'dev',
    'activities',
    'workflows',
    'worker',
  ],
  flink: [
    'contracts',
    'planning',
    'platform',
    'access',
    'config',
    'dev',
    'activities',
    'workflows',
    'worker',
  ],
  planning: ['flink', 'platform', 'access', 'config', 'dev', 'activities', 'workflows', 'worker'],
  dev: ['activities', 'workflows', 'worker'],
  activities: ['dev', 'worker'],
  workflows: ['flink', 'platform', 'access', 'config', 'dev', 'worker'],
};

const arrows = Object.entries(floors).map(([folder, above]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: above.flatMap((name) => [`../${name}`, `../${name}/**`, `../../${name}/**`]),
            message: `src/${folder} stands below or beside that folder: arrows point down only (docs: design, section 2).`,
          },
          ...(folder === 'activities' || folder === 'workflows'
            ? [
                {
                  group: [`../${folder === 'activities' ? 'workflows' : 'activities'}/**`],
                  allowTypeImports: true,
                  message: 'workflows and activities see each other’s types only.',
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.weir/', '**/target/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.mjs', 'scripts/*.mjs'] } },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  // jest's asymmetric matchers (`expect.stringContaining`) are typed any.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.js'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...arrows,
);
