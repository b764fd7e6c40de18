// npm start: opens the app. In Electron where its executable can be had and run; otherwise, and with --headless, the
// same window in the browser.
import path from 'node:path';
import { findElectron } from './electron.js';
import { callersFolder, handOver, prepare, root, run, runMain } from './prepare.js';

await runMain(async () => {
  const args = process.argv.slice(2);
  await prepare({ build: true });
  const electron = needsWindow(args) ? await findElectron() : null;
  if (electron !== null && 'executable' in electron) {
    return run(electron.executable, [root, ...args], {
      stdio: 'inherit',
      forwardSignals: true,
      cwd: callersFolder,
    });
  }
  // The host says it, once it knows that the options are right.
  if (electron !== null) process.env['DIVA_ELECTRON_MISSING'] = electron.reason;
  return handOver([path.join(root, 'dist', 'main', 'headless.js'), ...args], callersFolder);
});

/** As src-main/app/host-options.ts reads it. @param {string[]} args */
function needsWindow(args) {
  const { DIVA_HEADLESS, DIVA_NO_OPEN } = process.env;
  const isHeadless = [DIVA_HEADLESS, DIVA_NO_OPEN].some((value) => value === '1' || value === 'true');
  return !isHeadless && !['--headless', '--no-open', '--help', '--version'].some((arg) => args.includes(arg));
}
