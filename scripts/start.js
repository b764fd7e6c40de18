// npm start: opens the app. In Electron where its executable can be had and run; otherwise the same window in
// the browser.
import path from 'node:path';
import { findElectron } from './electron.js';
import { callersFolder, handOver, prepare, root, run, runMain, say } from './prepare.js';

await runMain(async () => {
  const args = process.argv.slice(2);
  await prepare({ build: true });
  const electron = await findElectron();
  if ('executable' in electron) {
    return run(electron.executable, [root, ...args], {
      stdio: 'inherit',
      forwardSignals: true,
      cwd: callersFolder,
    });
  }
  say(`${electron.reason}, so a browser shows the window instead.`);
  return handOver([path.join(root, 'dist', 'main', 'headless.js'), ...args], callersFolder);
});
