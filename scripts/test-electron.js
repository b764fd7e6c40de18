// npm run test:electron: the end-to-end specs in real Electron, where its executable can be had and run.
import path from 'node:path';
import { findElectron } from './electron.js';
import { handOver, prepare, root, runMain, say } from './prepare.js';

const COULD_NOT_RUN = 2;

await runMain(async () => {
  await prepare({ build: true });
  const electron = await findElectron();
  if ('reason' in electron) {
    say(`The specs were not run: ${electron.reason}.`);
    return COULD_NOT_RUN;
  }
  process.env['DIVA_TEST_ELECTRON'] = electron.executable;
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return handOver([vitest, 'run', '--root', root, 'test/e2e', ...process.argv.slice(2)]);
});
