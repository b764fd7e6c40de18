import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../../src-main/storage/open-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { dependencies, temporaryFolder } from '../../unit/storage/folder.ts';
import { type Child, outputOf, startCommand, startScript } from './child.ts';
import { numberOf, SEED } from './marks.ts';

const WRITER = join(import.meta.dirname, 'writer.ts');

/** The last acknowledged turn and the code that the next one failed with. */
async function failureIn(child: Child): Promise<{ number: number; code: string }> {
  const lines = (await outputOf(child)).trim().split('\n');
  const [failed, code] = lines.at(-1)!.split(' ');
  expect(failed, lines.at(-1)).toBe('failed');
  return { number: Number(lines.at(-2)?.split(' ')[0] ?? 0), code: code! };
}

/** Everything acknowledged is there, and the node goes on once there is room. */
function expectKept(path: string, number: number): void {
  const chain = new ChainFixture(4, SEED);
  const store = openStore({ path, publicKey: chain.ownKey }, dependencies);
  expect(numberOf(store.load())).toBe(number);
  store.write([{ type: 'persistNode', record: { key: 'amnesia', bytes: new Uint8Array(4) } }]);
  store.close();
}

describe('a disk without room', () => {
  it('ends writing with a clear error, and what was acknowledged stays', async (context) => {
    const folder = temporaryFolder();
    if (!mountSmallDisk(folder)) return context.skip('this account cannot mount a small disk');
    const path = join(folder, 'node.sqlite');
    const { number, code } = await failureIn(startScript('writer.ts', path));
    expect(code).toBe('disk-full');
    expect(number).toBeGreaterThan(0);
    execFileSync('mount', ['-o', 'remount,size=64m', folder]);
    expectKept(path, number);
  });

  it.skipIf(process.platform === 'win32')('is no different where a file may not grow', async () => {
    const path = join(temporaryFolder(), 'node.sqlite');
    // In units of 512 bytes or 1 KiB, depending on the shell: one or two MiB.
    const limited = `ulimit -f 2048; exec "$0" "$@"`;
    const { number, code } = await failureIn(
      startCommand('sh', '-c', limited, process.execPath, WRITER, path),
    );
    expect(['io', 'disk-full']).toContain(code);
    expect(number).toBeGreaterThan(0);
    expectKept(path, number);
  });
});

function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
  return true;
}
