// Import rules of the rooms, as docs/architecture.md draws them; test/architecture holds them.
const PURE = '^src/(core|dag|dags|export|sync|lake|scheduling|cost)/';

/** Within `from`, only `to` may be imported. */
const only = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: to },
});

/** Of our own rooms, `from` may import itself and `rooms` only. */
const roomsOf = (from, rooms, comment) => ({
  name: `${from}-room`,
  severity: 'error',
  comment,
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...rooms].join('|')})/` },
});

module.exports = {
  forbidden: [
    only(
      'core-is-innermost',
      '^src/core/',
      '^src/core/',
      'core knows nothing but itself; move what needs more to an outer room.',
    ),
    only(
      'pure-rooms',
      PURE,
      [PURE, '^node_modules/(@noble/hashes|zod)/'],
      'Pure rooms decide and know neither Temporal, AWS nor Node; move the effect to a connector.',
    ),
    only(
      'workflows-are-replayed',
      '^workflows/',
      ['^workflows/', PURE, '^activities/', '@temporalio/(workflow|common)'],
      'Replayed code: pure rooms, @temporalio/workflow, and activities as types only.',
    ),
    roomsOf('parquet', ['core'], 'The encoder knows vectors and bytes, and nothing of tables.'),
    roomsOf(
      'iceberg',
      ['core', 'export', 'lake', 'parquet'],
      'The format stands on its own; what reads and writes it comes in through file-io.ts.',
    ),
    roomsOf(
      'catalogs',
      ['core', 'iceberg'],
      'Catalogs reach objects through the port in core, and tables through src/iceberg.',
    ),
    {
      name: 'workflows-take-activity-types-only',
      severity: 'error',
      comment: 'An activity is called through its proxy; `import type` it.',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'temporal-stays-outside',
      severity: 'error',
      comment:
        'Only workflows, activities, src/temporal, the CLI and the local server know Temporal.',
      from: { path: '^src/', pathNot: '^src/(temporal|cli|config|local)/' },
      to: { path: '@temporalio/' },
    },
    {
      name: 'aws-stays-in-connectors',
      severity: 'error',
      comment: 'Speak to AWS through a port; its connector knows the SDK.',
      from: {
        path: '^(src|activities|workflows)/',
        pathNot: '^src/(connectors|local|cli|temporal)/',
      },
      to: { path: '@aws-sdk/' },
    },
    {
      name: 'connectors-know-no-other',
      severity: 'error',
      comment: 'A connector stands alone, so that it can be replaced alone.',
      from: { path: '^src/connectors/([^/]+)/' },
      to: { path: '^src/connectors/', pathNot: '^src/connectors/$1/' },
    },
    {
      name: 'local-is-for-the-cli',
      severity: 'error',
      comment: 'The embedded stack is a stand-in for AWS: the product must not know it is there.',
      from: { pathNot: '^(src/local/|src/cli/|test/|bench/)' },
      to: { path: '^src/local/' },
    },
    {
      name: 'cli-is-outermost',
      severity: 'error',
      from: { pathNot: '^(src/cli/|test/|bench/|bin/)' },
      to: { path: '^src/cli/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-needs-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      comment: 'Declare it in package.json; what comes along by chance goes by chance.',
      from: { path: '^(src|workflows|activities)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'no-dead-files',
      severity: 'error',
      comment: 'Nothing imports it: delete it.',
      from: {
        orphan: true,
        path: '^(src|workflows|activities)/',
        pathNot: ['^src/index\\.ts$', '\\.d\\.ts$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
};
