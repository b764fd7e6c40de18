// npm test: brings everything, then runs all tests with vitest. The last line counts them.
import fs from 'node:fs';
import path from 'node:path';
import { chromiumVersion, findChromium, handOver, prepare, root, runMain, say } from './prepare.js';

/**
 * The counts of vitest's JSON report. A file that could not even be loaded has no tests to count, but failed.
 * @param {string} file
 */
function readCounts(file) {
  const report = JSON.parse(fs.readFileSync(file, 'utf8'));
  const unloaded = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ suite) =>
      suite.status === 'failed' && suite.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

await runMain(async () => {
  await prepare({ build: true, browser: true });
  say(`testing with ${chromiumVersion(findChromium() ?? '')} …`);
  const reportFile = path.join(root, '.cache', 'test-report.json');
  fs.mkdirSync(path.dirname(reportFile), { recursive: true });
  fs.rmSync(reportFile, { force: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await handOver([vitest, 'run', '--root', root, ...reporters, ...process.argv.slice(2)]);
  const { passed, failed, skipped } = readCounts(reportFile);
  // An error outside of every test (an unhandled rejection, a worker that died) fails the run, so it is counted too.
  const failures = code !== 0 && failed === 0 ? 1 : failed;
  process.stdout.write(
    `\n${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  );
  return code;
});
