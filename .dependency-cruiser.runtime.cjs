// What the agent loads while it runs. A cruise of its own, because here (and only here) imports that the compiler
// erases do not count: types may be derived from TypeBox sources, the code may not.
const boundaries = require('./.dependency-cruiser.cjs');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'agent-runtime-without-schema-compilers',
      comment:
        'Importing TypeBox and ajv costs a third of the agent’s 90 MB and hundreds of milliseconds of its start. The agent uses the generated stand-alone validators; this covers what it reaches through schemas.',
      severity: 'error',
      from: {
        path: '^agent/(src|bin)/',
        pathNot: '[.](test|sim|kernel)[.]ts$|[./]contract[.]ts$|/testkit/|/bench/',
      },
      to: { path: 'node_modules/(typebox|@sinclair/typebox|ajv)/', reachable: true },
    },
  ],
  options: { ...boundaries.options, tsPreCompilationDeps: false },
};
