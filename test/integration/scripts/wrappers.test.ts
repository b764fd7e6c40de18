/** What stands between a person and the app's programs: `npm start`, `npm run cli`, and `diva-node` on an old Node. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'diva-wrappers-'));

type Started = ChildProcessByStdio<null, Readable, Readable>;

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function outputOf(child: Started): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

describe('a wrapper that is killed', () => {
  const isReady = { cli: '"event":"ready"', start: 'Ctrl+C ends DIVA Node.' };
  const commands = {
    cli: ['local', '--nodes', '1', '--json'],
    start: ['--no-open'],
  };

  it.each(['cli', 'start'] as const)('scripts/%s.js takes its program along', async (name) => {
    const dataDir = newFolder();
    const script = path.join(root, 'scripts', `${name}.js`);
    const child = start([script, ...commands[name], '--data-dir', dataDir]);
    child.stderr.resume();
    // stdout belongs to the program as well: it is closed when both have ended.
    const closed = once(child, 'close');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (!line.includes(isReady[name])) continue;
      expect(existsSync(path.join(dataDir, 'lock'))).toBe(true);
      child.kill('SIGKILL');
    }
    await closed;
    expect(existsSync(path.join(dataDir, 'lock'))).toBe(false);
    if (name === 'cli') expect(lines.at(-1)).toBe('{"event":"stopped"}');
  });
});

describe('scripts/cli.js without its dependencies', () => {
  it('has an exit code and a line of JSON of its own for it', async () => {
    const checkout = newFolder();
    for (const name of ['scripts', 'package.json', 'package-lock.json'])
      cpSync(path.join(root, name), path.join(checkout, name), { recursive: true });
    const { code, stdout, stderr } = await outputOf(
      start([path.join(checkout, 'scripts', 'cli.js'), 'verify', 'x.proof', 'x', '--json'], {
        npm_config_registry: 'http://127.0.0.1:1',
        npm_config_fetch_retries: '0',
        npm_config_cache: path.join(checkout, 'cache'),
      }),
    );
    const error = {
      code: 'internal',
      message: expect.stringContaining('The packages could not be installed') as string,
    };
    expect(code).toBe(70);
    expect(JSON.parse(stdout)).toEqual({ event: 'error', error });
    expect(stderr).toContain('diva-node: The packages could not be installed');
  });
});

describe('diva-node on a Node that is too old', () => {
  const OLD_NODE =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})';
  const runOld = (folder: string, ...args: string[]) =>
    outputOf(start(['--import', OLD_NODE, path.join(folder, 'dist/main/diva-node.js'), ...args]));

  /** The program alone: none of the packages that it needs for more than a sentence. */
  function bareInstallation(): string {
    const folder = newFolder();
    cpSync(path.join(root, 'dist/main'), path.join(folder, 'dist/main'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
    return folder;
  }

  it('says which one is needed, before anything with native code is loaded', async () => {
    const { code, stdout, stderr } = await runOld(bareInstallation(), 'local', '--json');
    const message = 'DIVA Node needs Node.js 22 or newer, and this is 20.19.0.';
    expect([code, stderr]).toEqual([2, `diva-node: ${message}\n`]);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: { code: 'node-too-old', message } });
  });

  it('runs on the package’s own Node, exit code and all', async () => {
    const folder = bareInstallation();
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
    expect(await runOld(folder, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await runOld(folder, 'frobnicate')).code).toBe(2);
  });

  it('asks for the version that the package asks for', () => {
    const { engines } = createRequire(import.meta.url)('../../../package.json') as {
      engines: { node: string };
    };
    expect(engines.node).toBe('>=22');
  });
});
