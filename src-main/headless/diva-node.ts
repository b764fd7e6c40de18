#!/usr/bin/env node
/**
 * `diva-node`. It runs on whatever Node the system has, and the packages with native code take an older one down with
 * them: nothing is loaded before that is known.
 */
import { newerNode } from './newer-node.ts';
import { runInstead } from './run-instead.ts';

const EXIT_USAGE = 2;

const args = process.argv.slice(2);
const node = newerNode(import.meta.url);
if (node === 'this') {
  await import('./cli.ts');
} else if ('executable' in node) {
  process.exitCode = await runInstead(node.executable, [process.argv[1]!, ...args], [0, 1, 2, 'ipc']);
} else {
  const error = { code: 'node-too-old', message: node.reason };
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ event: 'error', error })}\n`);
  process.stderr.write(`diva-node: ${node.reason}\n`);
  process.exitCode = EXIT_USAGE;
}
