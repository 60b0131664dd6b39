// The boundaries between the packages and inside the agent. npm links every workspace at the root, so the compiler
// stops no sibling import: these rules do. Every rule says what it protects.
const tests = '[.](test|sim|kernel)[.]ts$';
// A contract suite is run by the tests of every implementation of one interface, and by nothing else.
const testOnly = `${tests}|[./]contract[.]ts$|/testkit/|/bench/`;
const ioFolders = 'capture|actions|audit|policy|state|control|uplink|kernel|testkit|bench';
// Dependencies are resolved to the packages' sources; what npm installed stays under node_modules.
const ours = '^(schemas|agent|controller|provider)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'schemas-imports-nothing-of-ours',
      comment: 'schemas is the contract that everybody else stands on; it must be readable and usable alone.',
      severity: 'error',
      from: { path: '^schemas/src/' },
      to: { path: ours, pathNot: '^schemas/' },
    },
    {
      name: 'schemas-without-node',
      comment:
        'schemas also runs in the browser (rule builders, dashboard), where no node: module exists. Exempt: `git`, which edits policy files in a working tree; `generate`, which runs at build time only; tests and benches.',
      severity: 'error',
      from: { path: '^schemas/src/', pathNot: `^schemas/src/(git|generate)/|${testOnly}` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'agent-imports-only-schemas',
      comment: 'The agent runs on every server and must start, build and be reviewed without the controller.',
      severity: 'error',
      from: { path: '^agent/src/' },
      to: { path: ours, pathNot: '^(agent|schemas)/' },
    },
    {
      name: 'controller-and-provider-see-only-the-engine',
      comment:
        'Controller and provider simulate with the agent’s pure engine. The rest of the agent needs capabilities and a kernel, and is free to change without them. The test kit has a rule of its own.',
      severity: 'error',
      from: { path: '^(controller|provider)/src/' },
      to: { path: '^agent/', pathNot: '^agent/src/(engine|testkit)/' },
    },
    {
      name: 'controller-and-provider-apart',
      comment: 'Two products over one contract: each ships, scales and is upgraded without the other.',
      severity: 'error',
      from: { path: '^(controller|provider)/src/' },
      to: { path: '^(controller|provider)/', pathNot: '^$1/' },
    },
    {
      name: 'testkit-only-in-tests',
      comment:
        'The test kit makes namespaces and attack traffic. Only tests, benches, the examples and the test kit itself may hold that in their hands.',
      severity: 'error',
      from: { pathNot: `${testOnly}|^examples/` },
      to: { path: '/testkit/' },
    },
    {
      name: 'no-import-of-tests-or-benches',
      comment: 'A test or bench is an entry that nothing stands on; shared helpers belong in the test kit.',
      severity: 'error',
      from: { pathNot: `${tests}|/bench/` },
      to: { path: `${tests}|/bench/` },
    },
    {
      name: 'engine-pure-no-node',
      comment:
        'The engine gives the same incident for the same packets on any machine, also in a pull request check: no clock, file, process or network. Tests read their fixtures.',
      severity: 'error',
      from: { path: '^agent/src/engine/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-pure-no-agent',
      comment: 'The engine is imported by the controller and the provider: what it imports, they import.',
      severity: 'error',
      from: { path: '^agent/src/engine/', pathNot: tests },
      to: { path: '^agent/', pathNot: '^agent/src/engine/' },
    },
    {
      name: 'engine-pure-no-native',
      comment: 'A native add-on in the engine would run in the provider and in every policy check.',
      severity: 'error',
      from: { path: '^agent/src/engine/', pathNot: tests },
      to: { path: 'node_modules/(koffi|cap|better-sqlite3)/' },
    },
    {
      name: 'stages-apart',
      comment:
        'The line file imports every stage and hands the value on; a stage that imports another can no longer be tested, replaced or read alone. They share only types and helpers that lie beside them.',
      severity: 'error',
      from: {
        path: '^agent/src/engine/(window|baseline|detector|classifier|playbook)(/|[.])',
        pathNot: tests,
      },
      to: {
        path: '^agent/src/engine/(window|baseline|detector|classifier|playbook)(/|[.])',
        pathNot: '^agent/src/engine/$1(/|[.])',
      },
    },
    {
      name: 'judges-see-no-generator',
      comment:
        'Attacks are written as the world sends them, and their parameters are drawn by chance. Whoever names or detects them may know none of that, or the evaluation only shows what its author remembered.',
      severity: 'error',
      from: {
        path: '^agent/src/engine/(window|baseline|detector|classifier)(/|[.])',
        pathNot: tests,
      },
      to: { path: '^agent/src/engine/generator/' },
    },
    {
      name: 'agent-io-in-its-rooms',
      comment:
        'Files, processes, sockets and the kernel are touched in the folders named for it; everything else takes ports, so that a failure is a seed and the tick never waits for a disk.',
      severity: 'error',
      from: { path: '^agent/src/', pathNot: `^agent/src/(${ioFolders})/|^agent/src/main(/|[.]ts$)|${tests}` },
      to: {
        path: '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|inspector)(/promises)?$|node_modules/(koffi|cap)/|^(koffi|cap)$',
      },
    },
    {
      name: 'no-cycles',
      comment: 'In a cycle no file can be read, tested or moved first.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      comment:
        'An import that nothing answers to is a typing error, or a dependency that package.json lacks.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      comment:
        'A package found only because another one brought it along disappears with the next npm install. Tests may use the development tools of the root.',
      severity: 'error',
      from: { path: `${ours}src/`, pathNot: testOnly },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is left over. Entries are named here.',
      severity: 'error',
      from: {
        orphan: true,
        path: '/src/',
        pathNot: ['[.]d[.]ts$', tests, '/(index|main)[.]ts$', '/bench/[^/]+[.]ts$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: `${ours}dist/` },
    tsConfig: { fileName: 'tsconfig.json' },
    // Development tools are declared once, at the root.
    combinedDependencies: true,
    // Types count too: a boundary that an `import type` crosses is still crossed.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node'],
    },
  },
};
