// npm start: opens the app. In Electron where its executable can be had and run; otherwise, and with --headless, the
// same window in the browser.
import path from 'node:path';
import { findElectron } from './electron.js';
import { callersFolder, handOver, prepare, root, run, runMain, say } from './prepare.js';

await runMain(async () => {
  const args = process.argv.slice(2);
  await prepare({ build: true });
  const electron = isHeadless(args) ? null : await findElectron();
  if (electron !== null && 'executable' in electron) {
    return run(electron.executable, [root, ...args], {
      stdio: 'inherit',
      forwardSignals: true,
      cwd: callersFolder,
    });
  }
  if (electron !== null) say(`${electron.reason}, so a browser shows the window instead.`);
  return handOver([path.join(root, 'dist', 'main', 'headless.js'), ...args], callersFolder);
});

/** As src-main/app/host-options.ts reads it. @param {string[]} args */
function isHeadless(args) {
  const { DIVA_HEADLESS, DIVA_NO_OPEN } = process.env;
  return (
    args.includes('--headless') ||
    args.includes('--no-open') ||
    [DIVA_HEADLESS, DIVA_NO_OPEN].some((value) => value === '1' || value === 'true')
  );
}
