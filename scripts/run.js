// node scripts/run.js [--build] [--browser] FILE ARGS…: runs one TypeScript file of the checkout on its pinned
// Node, after bringing what it needs.
import { handOver, prepare, runMain } from './prepare.js';

await runMain(async () => {
  const args = process.argv.slice(2);
  const fileIndex = args.findIndex((arg) => !arg.startsWith('--'));
  const needs = args.slice(0, fileIndex);
  await prepare({ build: needs.includes('--build'), browser: needs.includes('--browser') });
  return handOver(args.slice(fileIndex));
});
