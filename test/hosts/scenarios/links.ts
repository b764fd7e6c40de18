/** Joining where every link is slow and loses much. */
import path from 'node:path';
import { agree, expectOneChain, fullMembers } from '../agreement.ts';
import { newFolder } from '../founders.ts';
import { Lan } from '../lan.ts';
import type { Link } from '../lan.ts';
import { NodeOnHost } from '../node-on-host.ts';
import { round, say, secondsOf, spread } from './figures.ts';

export async function links(joins: number, link: Link): Promise<object> {
  const lan = new Lan('links');
  const folder = newFolder('links');
  const newNode = (number: number): NodeOnHost => {
    const host = lan.addHost([`10.85.0.${number}/24`]);
    host.worsen(link);
    return new NodeOnHost(host, path.join(folder, String(number)));
  };
  try {
    const founder = newNode(1);
    await founder.found('--name', 'Far away', '--as', 'Anna', '--admission', 'automatic');
    const invitation = await founder.invite('--reusable', '--blocks', '100000');
    const nodes = [founder];
    const seconds: number[] = [];
    for (let count = 1; count <= joins; count++) {
      const node = newNode(count + 1);
      seconds.push(await secondsOf(() => node.join(invitation, '--as', `Student ${count}`)));
      say(`${count}: full member after ${seconds.at(-1)!.toFixed(1)} s`);
      nodes.push(node);
      await Promise.all(nodes.map((one) => one.until((status) => fullMembers(status) === count + 1)));
    }
    const agreeSeconds = await secondsOf(() => agree(nodes, 'from-far'));
    await expectOneChain(nodes);
    return { ...link, joins, clickToFullMemberSeconds: spread(seconds), entrySeconds: round(agreeSeconds) };
  } finally {
    await lan.close();
  }
}
