// npm run -s cli -- …: the command line of the checkout. stdout carries nothing but the command's own output.
import path from 'node:path';
import { callersFolder, handOver, prepare, root, runMain, say } from './prepare.js';

const args = process.argv.slice(2);
/** As src-main/headless/cli-errors.ts has it: scripts must not take a failed preparation for an answer. */
const EXIT_INTERNAL = 70;

await runMain(
  async () => {
    await prepare({ build: true });
    return handOver([path.join(root, 'dist', 'main', 'cli.js'), ...args], callersFolder);
  },
  (message) => {
    if (args.includes('--json')) {
      const error = { code: 'internal', message };
      process.stdout.write(`${JSON.stringify({ event: 'error', error })}\n`);
    }
    say(message);
    return EXIT_INTERNAL;
  },
);
