/** The program of the headless host: the app in a browser, whatever else is installed. */
import { endWithParent } from './end-with-parent.ts';
import { startApp } from './start-app.ts';

// From scripts/start.js, which brings Electron where it can: said when a window is opened indeed.
const reason = process.env['DIVA_ELECTRON_MISSING'];
endWithParent();
process.exitCode = await startApp(process.argv.slice(2), {
  file: import.meta.filename,
  electron: reason === undefined ? 'never' : { reason },
});
