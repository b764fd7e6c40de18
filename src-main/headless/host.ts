/** The program of the headless host: the app in a browser, whatever else is installed. */
import { startApp } from './start-app.ts';

process.exitCode = await startApp(process.argv.slice(2), {
  file: import.meta.filename,
  mayUseElectron: false,
});
