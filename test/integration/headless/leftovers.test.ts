import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockOwnerOf } from '../../../src-main/storage/folder-lock.ts';
import { temporaryFolder } from '../networks/harness.ts';
import { Foreground, runCli } from './run-cli.ts';

test('a frozen node outlives its killed network, is found, and is ended when asked', async () => {
  const home = path.join(temporaryFolder(), 'net');
  const network = new Foreground('local', '--data-dir', home, '--nodes', '2');
  const { nodes } = await network.ready();
  const command = ['leftovers', '--data-dir', home, '--json'];
  // While the network runs they are none.
  const refused = await runCli(...command, '--end');
  expect([refused.code, refused.json()]).toMatchObject([6, { error: { code: 'folder-locked' } }]);

  const [ended, frozen] = nodes;
  process.kill(frozen!.pid, 'SIGSTOP');
  onTestFinished(() => {
    if (lockOwnerOf(frozen!.dataDir) === frozen!.pid) process.kill(frozen!.pid, 'SIGKILL');
  });
  await network.end('SIGKILL');
  // The other one ends by itself, whatever ended its parent.
  await expect.poll(() => lockOwnerOf(ended!.dataDir), { timeout: 120_000 }).toBeNull();
  const found = (await runCli(...command)).json();
  expect(found).toMatchObject({ ended: false, leftovers: [{ name: frozen!.name, pid: frozen!.pid }] });
  expect(lockOwnerOf(frozen!.dataDir)).toBe(frozen!.pid);
  expect((await runCli(...command, '--end')).json()).toMatchObject({
    ended: true,
    leftovers: [{ pid: frozen!.pid }],
  });
  expect(lockOwnerOf(frozen!.dataDir)).toBeNull();
  expect((await runCli(...command)).json()).toMatchObject({ leftovers: [] });

  const again = new Foreground('local', '--data-dir', home);
  expect((await again.ready()).nodes.map(({ publicKey }) => publicKey)).toEqual(
    nodes.map(({ publicKey }) => publicKey),
  );
  expect(await again.end('SIGTERM')).toBe(0);
});
