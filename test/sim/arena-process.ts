/** Runs of one arena in a process of their own: `arena-process.ts NAME NODES:SEED...`; prints the outcomes as JSON. */
import type { ArenaName } from './arenas.ts';
import { openPrivates } from './open-privates.ts';

openPrivates();
const { ARENAS } = await import('./arenas.ts');
const { runSeed } = await import('./world.ts');

const [name, ...runs] = process.argv.slice(2);
const outcomes = [];
for (const run of runs) {
  const [nodes, seed] = run.split(':').map(Number) as [number, number];
  outcomes.push(await runSeed(ARENAS[name as ArenaName].options(seed, nodes)));
}
console.log(JSON.stringify(outcomes));
