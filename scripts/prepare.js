/**
 * Brings what a command needs and the checkout lacks: packages, a build, a browser. Plain JavaScript without
 * dependencies, because it runs before `npm ci` did, on whatever Node (>= 20) the system has. Everything it
 * says goes to stderr: stdout belongs to the command.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);
const isWindows = process.platform === 'win32';

/** The pinned Node of the checkout; the system's may be too old for better-sqlite3. */
export const projectNode = inRoot('node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

const HEARTBEAT_MS = 10_000;
const LOCK_POLL_MS = 200;
const ORPHAN_POLL_MS = 1_000;

/** A failure that one sentence explains: shown without a stack. */
export class PlainError extends Error {}

/** @param {string} sentence */
export function say(sentence) {
  process.stderr.write(`diva-node: ${sentence}\n`);
}

/**
 * Runs `main` and turns its outcome into the exit code. `fail` tells of what prevented it.
 * @param {() => Promise<number>} main
 * @param {(message: string) => number} fail
 */
export async function runMain(main, fail = failInWords) {
  try {
    process.exitCode = await main();
  } catch (error) {
    const { message, stack } = /** @type {Error} */ (error);
    process.exitCode = fail(error instanceof PlainError ? message : (stack ?? message));
  }
}

/** @param {string} message */
function failInWords(message) {
  say(message);
  return 1;
}

/**
 * Brings what is missing, one process at a time: a second one waits, and then finds the work done.
 * @param {{ build?: boolean, browser?: boolean }} needs
 */
export async function prepare({ build = false, browser = false } = {}) {
  const steps = [
    { isMissing: dependenciesAreMissing, bring: installDependencies },
    ...(build ? [{ isMissing: buildIsMissing, bring: runBuild }] : []),
    ...(browser ? [{ isMissing: () => findChromium() === null, bring: installChromium }] : []),
  ];
  if (steps.some((step) => step.isMissing())) {
    await withLock(async () => {
      for (const step of steps) if (step.isMissing()) await step.bring();
    });
  }
  const chromium = browser ? findChromium() : null;
  if (chromium !== null) process.env['CHROMIUM_PATH'] = chromium;
}

/** Where the person is: npm runs scripts at the top of the checkout, wherever it was called. */
export const callersFolder = process.env['INIT_CWD'] ?? process.cwd();

/**
 * Runs the checkout's Node with this process's terminal; signals and exit code pass through. The channel closes with
 * this process, whatever ends it: the programs of the app end then.
 * @param {string[]} args
 * @param {string} folder
 */
export function handOver(args, folder = root) {
  return run(projectNode, args, { stdio: [0, 1, 2, 'ipc'], forwardSignals: true, cwd: folder });
}

/**
 * Resolves with the exit code; 128 + signal number when a signal ended the child.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, stdio?: import('node:child_process').StdioOptions, forwardSignals?: boolean,
 *   env?: NodeJS.ProcessEnv, shell?: boolean, stage?: string, limitMs?: number }} options
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  const {
    cwd = root,
    stdio = ['ignore', 2, 2],
    forwardSignals = false,
    env = process.env,
    shell = false,
    stage,
    limitMs,
  } = options;
  return new Promise((resolve, reject) => {
    const startedAtMs = Date.now();
    const child = spawn(command, args, { cwd, stdio, env, shell, ...(limitMs ? { timeout: limitMs } : {}) });
    const heartbeat = stage
      ? setInterval(() => say(`${stage} … ${Math.round((Date.now() - startedAtMs) / 1000)} s`), HEARTBEAT_MS)
      : undefined;
    const signals = forwardSignals ? /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']) : [];
    const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    const parent = process.ppid;
    // A parent that was killed (npm, a terminal) passes nothing on; the command must not outlive it.
    const orphanWatch = forwardSignals
      ? setInterval(() => process.ppid !== parent && forward('SIGTERM'), ORPHAN_POLL_MS)
      : undefined;
    const finish = () => {
      clearInterval(heartbeat);
      clearInterval(orphanWatch);
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (code, signal) => {
      finish();
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}

// Packages

/**
 * What npm says it installed (its own lockfile inside node_modules, written last) against what the lockfile
 * wants. Optional packages are those of other platforms.
 */
function dependenciesAreMissing() {
  const installed = readPackages(inRoot('node_modules', '.package-lock.json'));
  if (installed === null || !fs.existsSync(projectNode)) return true;
  const wanted = readPackages(inRoot('package-lock.json')) ?? {};
  return Object.entries(wanted).some(
    ([location, entry]) =>
      location !== '' && entry.optional !== true && installed[location]?.version !== entry.version,
  );
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | null} */
function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

async function installDependencies() {
  say('installing the packages of package-lock.json (npm ci, about a minute) …');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env };
  // npm must not run on the Node inside the folder that it is about to replace.
  env['PATH'] = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.startsWith(inRoot('node_modules')))
    .join(path.delimiter);
  const code = await run('npm', args, { env, shell: isWindows, stage: 'installing packages' });
  if (code !== 0) {
    throw new PlainError(
      'The packages could not be installed: npm ci failed (see above). Is the npm registry reachable?',
    );
  }
}

// Build

const buildStamp = () => inRoot('dist', '.sources');

/** Everything that the build's result depends on. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ name) => {
    const file = inRoot(name);
    if (fs.statSync(file).isDirectory()) {
      for (const entry of fs.readdirSync(file).sort()) add(path.posix.join(name, entry));
    } else {
      hash.update(`${name}\0`).update(fs.readFileSync(file)).update('\0');
    }
  };
  const configs = fs
    .readdirSync(root)
    .filter((name) => /^vite\..*\.ts$/.test(name))
    .sort();
  for (const name of ['src-main', 'src-renderer', 'package.json', 'package-lock.json', ...configs]) add(name);
  return hash.digest('hex');
}

function buildIsMissing() {
  try {
    return fs.readFileSync(buildStamp(), 'utf8') !== sourcesDigest();
  } catch {
    return true;
  }
}

/** Builds main, preload and renderer into dist/. */
export async function runBuild() {
  const digest = sourcesDigest();
  fs.rmSync(buildStamp(), { force: true });
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  for (const part of ['main', 'preload', 'renderer']) {
    say(`building ${part} …`);
    const args = [vite, 'build', '--logLevel', 'warn', '--config', inRoot(`vite.${part}.config.ts`)];
    const code = await run(projectNode, args, { stage: `building ${part}` });
    if (code !== 0) throw new PlainError(`The build of ${part} failed (see above).`);
  }
  fs.writeFileSync(buildStamp(), digest);
}

// Browser

const BROWSERS = {
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
  linux: ['/usr/bin/chromium', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome'],
};

/** The browser for tests, or null. CHROMIUM_PATH goes first. */
export function findChromium() {
  const installed =
    process.platform === 'darwin' ? BROWSERS.darwin : isWindows ? BROWSERS.win32 : BROWSERS.linux;
  const candidates = [process.env['CHROMIUM_PATH'] ?? '', ...installed];
  return candidates.find((file) => file !== '' && fs.existsSync(file)) ?? null;
}

async function installChromium() {
  const isInstalled = await installDebianPackages(['chromium', 'fonts-dejavu-core'], 'Chromium');
  if (!isInstalled || findChromium() === null) {
    throw new PlainError(
      'The tests need Chromium: install it (Debian: apt install chromium) or set CHROMIUM_PATH to one.',
    );
  }
}

/**
 * Whether apt-get installed them; only root on Debian can.
 * @param {string[]} packages
 * @param {string} what
 */
export async function installDebianPackages(packages, what) {
  const isDebian = fs.existsSync('/etc/debian_version') && fs.existsSync('/usr/bin/apt-get');
  if (process.getuid?.() !== 0 || !isDebian) return false;
  say(`installing ${what} for the tests (apt-get, about a minute) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stage: `installing ${what}` };
  const lockWait = ['-q', '-o', 'DPkg::Lock::Timeout=600'];
  await run('apt-get', [...lockWait, 'update'], options);
  const args = [...lockWait, 'install', '-y', '--no-install-recommends', ...packages];
  return (await run('apt-get', args, options)) === 0;
}

/** Chromium's own `--version`, to show which browser the tests used. @param {string} chromium */
export function chromiumVersion(chromium) {
  return spawnSync(chromium, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

// One at a time

/** @param {() => Promise<void>} action */
async function withLock(action) {
  const file = inRoot('.cache', 'prepare.lock');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !takeLock(file); waited = true) {
    if (!waited) say('another command is preparing this checkout; waiting for it …');
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  const release = () => fs.rmSync(file, { force: true });
  process.once('exit', release);
  try {
    await action();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
function takeLock(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!ownerIsAlive(file)) fs.rmSync(file, { force: true });
    return false;
  }
}

/** @param {string} file */
function ownerIsAlive(file) {
  try {
    process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
