/**
 * node --import ./test/electron-shim/register.ts dist/main/main.js
 * Runs the real main process on Node: whoever imports 'electron' gets the double beside this file.
 */
import { registerHooks } from 'node:module';

const double = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: double, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});
