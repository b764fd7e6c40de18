/** The app was killed, and a node of its network was frozen then: the next start says so, and what can be done. */
import { afterEach, expect, it } from 'vitest';
import { nodeFolder } from '../../src-main/networks/manifest.ts';
import { networkFiles, networkIds } from '../../src-main/networks/folders.ts';
import { lockOwnerOf } from '../../src-main/storage/folder-lock.ts';
import { HOSTS, killHosts, startHost, type RunningHost } from './hosts.ts';
import { localNodes } from './nodes.ts';
import { createNetwork, goTo, headline, LONG, otherNode, waitForText } from './window.ts';

/** Nobody may stay behind after the test. */
const frozen = new Set<{ readonly folder: string; readonly pid: number }>();

afterEach(async (context) => {
  await killHosts(context);
  for (const { folder, pid } of frozen) if (lockOwnerOf(folder) === pid) process.kill(pid, 'SIGKILL');
  frozen.clear();
});

/** Freezes the process of the last node, and kills the app. */
async function leaveOneBehind(host: RunningHost): Promise<{ folder: string; pid: number }> {
  const { dataDir } = host;
  const { folder: home } = networkFiles(dataDir, networkIds(dataDir)[0]!);
  const folder = nodeFolder(home, localNodes(dataDir).at(-1)!.number);
  const left = { folder, pid: lockOwnerOf(folder)! };
  frozen.add(left);
  process.kill(left.pid, 'SIGSTOP');
  await host.kill();
  return left;
}

it.runIf(process.platform !== 'win32')('a node that was left behind is taken back, or ended', async () => {
  const first = await startHost(HOSTS[0]!);
  await createNetwork(first.page, 2);
  const left = await leaveOneBehind(first);

  const second = await startHost(HOSTS[0]!, { dataDir: first.dataDir });
  const { page } = second;
  const banner = page.getByTestId('leftovers');
  await waitForText(
    banner,
    new RegExp(`A node of “Lab” still runs from an earlier start.*process ${left.pid}\\)`),
  );
  await headline(page).waitFor(LONG);
  await banner.getByTestId('restart-leftovers').click();
  await banner.waitFor({ state: 'detached', ...LONG });
  expect(lockOwnerOf(left.folder)).not.toBe(left.pid);
  await goTo(page, 'peers');
  await otherNode(page, 0).getByTestId('stop-node').waitFor(LONG);
  const again = await leaveOneBehind(second);

  const third = await startHost(HOSTS[0]!, { dataDir: first.dataDir });
  await third.page.getByTestId('leftovers').getByTestId('end-leftovers').click(LONG);
  await third.page.getByTestId('leftovers').waitFor({ state: 'detached', ...LONG });
  expect(lockOwnerOf(again.folder)).toBeNull();
  await goTo(third.page, 'peers');
  await otherNode(third.page, 0).getByTestId('start-node').waitFor(LONG);
  expect(await third.complaints()).toEqual([]);
  await third.stop();
});
