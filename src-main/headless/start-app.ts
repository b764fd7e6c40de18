/** `diva-node` without a command: the app, in Electron where that is installed, otherwise in a browser. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { exitCodeOf, HOST_HELP, parseHostOptions, type HostOptions } from '../app/host-options.ts';
import { forkProcessHost } from '../networks/fork-host.ts';
import { VERSION } from '../networks/version.ts';
import { runBrowserHost } from './browser-host.ts';
import { runInstead } from './run-instead.ts';

export interface Program {
  /** The file that was started; the other programs are beside it, in the sources as in the build. */
  readonly file: string;
  /** `reason`: whoever started this looked for it already; the person is told in whose place the browser is. */
  readonly electron: 'if installed' | 'never' | { readonly reason: string };
}

/** Resolves with the exit code, or with undefined while the app runs on in this process. */
export async function startApp(args: readonly string[], program: Program): Promise<number | undefined> {
  try {
    const options = parseHostOptions(args, process.env);
    if (options.version || options.help) {
      process.stdout.write(options.version ? `${VERSION}\n` : HOST_HELP);
      return 0;
    }
    const electron = options.headless ? null : findElectron(program);
    if (electron !== null && 'executable' in electron)
      return await runInstead(electron.executable, [topOf(program), ...args], 'inherit');
    if (electron !== null) complain(`${electron.reason}, so a browser shows the window instead.`);
    await runHere(options, program);
    return undefined;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

async function runHere(options: HostOptions, program: Program): Promise<void> {
  const { dir, ext } = path.parse(program.file);
  await runBrowserHost(options, {
    processes: forkProcessHost(path.join(dir, `node-process${ext}`)),
    protector: null,
    windowFolder: path.join(topOf(program), 'dist', 'renderer'),
  });
}

/** Programs are two folders below it. */
function topOf({ file }: Program): string {
  return path.join(path.dirname(file), '../..');
}

type FoundElectron = { readonly executable: string } | { readonly reason: string };

/** Null: nobody expects it. */
function findElectron({ file, electron }: Program): FoundElectron | null {
  if (electron === 'never') return null;
  if (electron !== 'if installed') return electron;
  if (process.platform === 'linux') {
    if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
      return { reason: 'there is no display here' };
    // Chromium's sandbox refuses root, and the app never runs without it.
    if (process.getuid?.() === 0) return { reason: 'Electron refuses to run as root' };
  }
  try {
    const folder = path.dirname(createRequire(file).resolve('electron/package.json'));
    const executable = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8'));
    if (existsSync(executable)) return { executable };
  } catch {
    // The package is not there, or has not brought its executable.
  }
  return { reason: 'Electron is not installed here' };
}

function complain(text: string): void {
  process.stderr.write(`diva-node: ${text}\n`);
}
