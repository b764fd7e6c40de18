// npm run -s cli -- …: the command line of the checkout. stdout carries nothing but the command's own output.
import path from 'node:path';
import { callersFolder, handOver, prepare, root, runMain } from './prepare.js';

await runMain(async () => {
  await prepare({ build: true });
  return handOver([path.join(root, 'dist', 'main', 'cli.js'), ...process.argv.slice(2)], callersFolder);
});
