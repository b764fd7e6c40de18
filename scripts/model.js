// npm run model [-- --quick | --views 3 | --explain FLAG [--fork]]: checks docs/model/one-height.pml with SPIN, with
// all rules and without each of them. Fails if the rules break a promise, or if one can be taken away unnoticed.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installDebianPackages, PlainError, root, runMain } from './prepare.js';

const MODEL = path.join(root, 'docs', 'model', 'one-height.pml');
const MEMORY_LIMIT_MIB = 6000;
/** Deeper than any path through the model: SPIN says so when it is not. */
const DEPTH_LIMIT = 10_000;

/** Who leads the views. The liar in both is more than the protocol allows; it holds all the same. */
const LEADERS = [
  ['0', '1'],
  ['LIAR', '0'],
  ['0', 'LIAR'],
  ['LIAR', 'LIAR'],
];

/** What has to be possible, or the promises would be kept by doing nothing. */
const REACHABLE = [
  { flag: 'REACH=1', words: 'a C in view 0' },
  {
    flag: 'REACH=2',
    words: 'view 0 skipped by an S that names its N, its block proposed again, and a C in view 1',
  },
  { flag: 'REACH=3', words: 'view 0 skipped by an S that names none, a fresh block, and a C in view 1' },
  { flag: 'REACH=4', words: 'a C in both views, for the same block' },
];

const HONEST = ['0', '1'];
const LIAR_FIRST = ['LIAR', '0'];
const LIAR_SECOND = ['0', 'LIAR'];

/** Each takes one thing away. `quick`: also in the short run. */
const MUTANTS = [
  { flag: 'NO_RULE_1', removes: 'one proposal per view', leaders: HONEST, quick: true },
  { flag: 'NO_RULE_2', removes: 'one VOTE per view', leaders: LIAR_FIRST, quick: true },
  { flag: 'COMMIT_AFTER_SKIP', removes: 'rule 3 for COMMIT', leaders: HONEST, quick: true },
  { flag: 'VOTE_AFTER_SKIP', removes: 'rule 3 for VOTE', leaders: HONEST },
  { flag: 'FORGETTING_HN', removes: 'rule 4: a SKIP names nothing', leaders: HONEST, quick: true },
  { flag: 'VIEW_0_IS_NONE', removes: 'the difference between view 0 and none in a SKIP', leaders: HONEST },
  { flag: 'NO_RULE_5', removes: 'writing before saying', leaders: LIAR_FIRST, quick: true },
  { flag: 'LOSING_THE_PROPOSAL', removes: 'own proposals on the disk', leaders: HONEST },
  { flag: 'LOSING_THE_VOTE_RECORD', removes: 'VOTE and votedView on the disk', leaders: LIAR_FIRST },
  { flag: 'LOSING_THE_SKIP_RECORD', removes: 'SKIP and skipView on the disk', leaders: HONEST },
  { flag: 'LOSING_HIGH_N', removes: 'highN on the disk', leaders: HONEST },
  { flag: 'IGNORING_HI', removes: 'carrying on what an S names', leaders: HONEST },
  {
    flag: 'IGNORING_HI_IN_ACCEPTING',
    removes: 'refusing a fresh block where S names an N',
    leaders: LIAR_SECOND,
  },
  {
    flag: 'N_OF_ANOTHER_BLOCK',
    removes: 'that the N beside a proposal is of its block',
    leaders: LIAR_SECOND,
  },
  { flag: 'SKIP_WITHOUT_ITS_N', removes: 'the N behind what an S names', leaders: HONEST },
  { flag: 'QUORUM_OF_TWO', removes: 'one signature of a quorum', leaders: LIAR_FIRST },
  { flag: 'TWO_LIARS', removes: 'the assumption: less than a third lie', leaders: LIAR_FIRST },
];

/** @param {string} command @param {string[]} args @param {string} folder */
function call(command, args, folder) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined || status !== 0) {
    throw new PlainError(`${command} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
  }
  return stdout;
}

/** @param {string} command */
function isMissing(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined;
}

async function bringTools() {
  const needed = ['spin', 'gcc', 'cpp'];
  if (!needed.some(isMissing)) return;
  await installDebianPackages(['spin', 'gcc', 'cpp', 'libc6-dev'], 'SPIN and a C compiler');
  if (needed.some(isMissing)) {
    throw new PlainError(
      'The model needs SPIN and a C compiler: install them (Debian: apt install spin gcc).',
    );
  }
}

/**
 * One exhaustive search. Breadth first gives the shortest trail; depth first needs less memory where there is none.
 * @param {string[]} flags
 * @param {{ breadthFirst: boolean, explain?: boolean }} how
 */
function search(flags, { breadthFirst, explain = false }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-model-'));
  try {
    fs.copyFileSync(MODEL, path.join(folder, 'model.pml'));
    const defines = flags.map((flag) => `-D${flag}`);
    call('spin', [...defines, '-a', 'model.pml'], folder);
    const kind = breadthFirst ? '-DBFS' : '-DCOLLAPSE';
    call(
      'gcc',
      ['-O1', '-w', '-DSAFETY', kind, `-DMEMLIM=${MEMORY_LIMIT_MIB}`, '-o', 'pan', 'pan.c'],
      folder,
    );
    const startedAtMs = performance.now();
    const output = call(path.join(folder, 'pan'), [`-m${DEPTH_LIMIT}`], folder);
    const seconds = (performance.now() - startedAtMs) / 1000;
    const trail = explain ? call('spin', [...defines, '-t', 'model.pml'], folder) : '';
    return { ...readResult(output), seconds, trail };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} output */
function readResult(output) {
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const errors = number(/errors: (\d+)/);
  if (Number.isNaN(errors) || /out of memory|max search depth too small|Search not completed/.test(output)) {
    if (errors !== 1) throw new PlainError(`The search was not exhaustive:\n${output}`);
  }
  return {
    violated:
      errors === 0 ? null : (/assertion violated\s+(.*) \(at depth/.exec(output)?.[1] ?? 'something else'),
    steps: number(/at depth (\d+)\)/),
    states: number(/([\d.e+]+) states, stored/),
    memoryMib: number(/([\d.]+)\s+total actual memory usage/),
  };
}

/** @param {string[]} leaders */
const ledBy = (leaders) => leaders.map((leader, view) => `LEADER_${view}=${leader}`);
/** @param {string[]} leaders */
const wordsOf = (leaders) => leaders.map((leader) => (leader === 'LIAR' ? 'liar' : 'honest')).join(', ');
/** @param {(string | number)[]} cells */
const row = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
/** @param {string[]} titles */
const head = (...titles) => {
  process.stdout.write('\n');
  row(...titles);
  row(...titles.map(() => '---'));
};

/** With all rules nothing may break. @param {number} views @param {typeof LEADERS} cases */
function checkRules(views, cases) {
  head('leaders of the views', 'states', 'seconds', 'MiB', 'broken');
  return cases.filter((leaders) => {
    const result = search([`VIEWS=${views}`, ...ledBy(leaders)], { breadthFirst: false });
    row(
      wordsOf(leaders),
      result.states,
      result.seconds.toFixed(1),
      Math.round(result.memoryMib),
      result.violated ?? 'nothing',
    );
    return result.violated !== null;
  }).length;
}

function checkReachable() {
  head('has to be possible', 'steps');
  return REACHABLE.filter(({ flag, words }) => {
    const result = search([flag, ...ledBy(HONEST)], { breadthFirst: true });
    row(words, result.violated === null ? 'NEVER' : result.steps);
    return result.violated === null;
  }).length;
}

/** @param {typeof MUTANTS} mutants */
function checkMutants(mutants) {
  head('without', 'what it takes away', 'leaders', 'breaks first', 'steps');
  return mutants.filter(({ flag, removes, leaders }) => {
    const { violated, steps } = search([flag, ...ledBy(leaders)], { breadthFirst: true });
    row(`\`${flag}\``, removes, wordsOf(leaders), violated ?? 'NOTHING', steps);
    return violated === null;
  }).length;
}

/** The shortest way to what breaks first, or to two final blocks. @param {string} flag @param {boolean} toFork */
function explain(flag, toFork) {
  const mutant = MUTANTS.find((one) => one.flag === flag);
  if (mutant === undefined) {
    throw new PlainError(`--explain takes one of ${MUTANTS.map((one) => one.flag).join(', ')}.`);
  }
  const flags = [flag, ...(toFork ? ['AGREEMENT_ONLY'] : []), ...ledBy(mutant.leaders)];
  const result = search(flags, { breadthFirst: true, explain: true });
  const steps = result.trail.split('\n').filter((line) => /^\s*member /.test(line));
  process.stdout.write(`${steps.map((line) => line.trim()).join('\n')}\nbroken: ${result.violated}\n`);
  return result.violated === null ? 1 : 0;
}

await runMain(async () => {
  const args = process.argv.slice(2);
  await bringTools();
  if (args[0] === '--explain') return explain(args[1] ?? '', args.includes('--fork'));
  const quick = args.includes('--quick');
  const views = args[0] === '--views' ? Number(args[1]) : 2;
  if (views !== 2 && views !== 3) throw new PlainError('--views takes 2 or 3.');
  let broken = checkRules(views, quick ? LEADERS.slice(0, 1) : LEADERS);
  if (views === 2) {
    if (!quick) broken += checkReachable();
    broken += checkMutants(MUTANTS.filter((mutant) => !quick || mutant.quick));
  }
  process.stdout.write(broken === 0 ? '\nAll as it should be.\n' : `\n${broken} not as it should be.\n`);
  return broken === 0 ? 0 : 1;
});
