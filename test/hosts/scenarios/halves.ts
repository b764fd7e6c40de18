/** The network falls into two halves at some moment of a join, and is whole again after another. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { agree, expectOneChain, fullMembers } from '../agreement.ts';
import { fourMembers, newFolder } from '../founders.ts';
import { Lan } from '../lan.ts';
import { NodeOnHost } from '../node-on-host.ts';
import { say, secondsOf, spread } from './figures.ts';

/** From its first stage on a join takes about as long. */
const LATEST_SPLIT_MS = 400;
const LONGEST_SPLIT_MS = 4_000;

export async function halves(joins: number): Promise<object> {
  const lan = new Lan('halves');
  const folder = newFolder('halves');
  const healedAfter: number[] = [];
  let underWay = 0;
  try {
    const nodes: NodeOnHost[] = await fourMembers(lan, folder, '10.86.0');
    for (let count = 1; count <= joins; count++) {
      const newcomer = new NodeOnHost(
        lan.addHost([`10.86.0.${count + 10}/24`]),
        path.join(folder, `n${count}`),
      );
      const apart = nodes.filter((_, index) => index % 2 === 1).map(({ host }) => host);
      if (Math.random() < 0.5) apart.push(newcomer.host);
      const invitation = await nodes[0]!.invite('--blocks', '100000');
      let isIn = false;
      const joined = newcomer.join(invitation, '--as', `Student ${count}`).then(() => void (isIn = true));
      await newcomer.untilLine(({ stage }) => stage === 'reach');
      await pause(Math.random() * LATEST_SPLIT_MS);
      for (const host of apart) host.splitOff();
      await pause(Math.random() * LONGEST_SPLIT_MS);
      const stage = newcomer.lines.findLast((line) => line['stage'] !== undefined)?.['stage'];
      if (!isIn) underWay++;
      for (const host of apart) host.reconnect();
      nodes.push(newcomer);
      const isFull = (node: NodeOnHost) => node.until((status) => fullMembers(status) === nodes.length);
      const whole = async () => {
        await joined;
        await Promise.all(nodes.map(isFull));
      };
      healedAfter.push(await secondsOf(whole));
      say(`${count}: in halves at ${String(stage)}, whole ${healedAfter.at(-1)!.toFixed(1)} s after`);
      await agree(nodes, `whole-${count}`);
      await expectOneChain(nodes);
    }
    return { joins, underWayWhenHealed: underWay, wholeAfterHealingSeconds: spread(healedAfter) };
  } finally {
    await lan.close();
  }
}
