import path from 'node:path';
import { agree, fullMembers } from '../agreement.ts';
import { newFolder } from '../founders.ts';
import { Lan } from '../lan.ts';
import { NodeOnHost } from '../node-on-host.ts';
import { round, spread } from './figures.ts';

const ENTRIES_BETWEEN_LOOKS = 100;

/** So many hosts join at once, after the chain of the founder has grown to so many blocks. */
export async function room(size: number, blocks: number): Promise<object> {
  const lan = new Lan('room');
  const folder = newFolder('room');
  const node = (number: number): NodeOnHost => {
    const host = lan.addHost([`10.81.0.${number}/24`]);
    return new NodeOnHost(host, path.join(folder, String(number)));
  };
  try {
    const founder = node(1);
    await founder.found('--name', 'Room', '--as', 'Lecturer', '--admission', 'automatic');
    await grow(founder, blocks);
    const link = await founder.invite('--reusable', '--blocks', '100000');
    const chainHeight = (await founder.status()).height;
    const laptops = Array.from({ length: size }, (_, index) => node(index + 2));
    const began = performance.now();
    const seconds = await Promise.all(
      laptops.map(async (laptop, index) => {
        await laptop.join(link, '--as', `Student ${index + 1}`);
        const second = (performance.now() - began) / 1_000;
        console.error(`${index + 1}: full member after ${second.toFixed(1)} s`);
        return second;
      }),
    );
    await founder.until((status) => fullMembers(status) === size + 1);
    const roomSeconds = (performance.now() - began) / 1_000;
    const { height } = await founder.status();
    await agree([founder, ...laptops], 'after-all');
    return {
      size,
      chainHeight,
      roomSeconds: round(roomSeconds),
      clickToFullMemberSeconds: spread(seconds),
      blocksOfTheRoom: height - chainHeight,
      stages: stagesOf(laptops[0]!),
      bytes: { founder: founder.host.bytes(), laptops: laptops.map(({ host }) => host.bytes().received) },
    };
  } finally {
    await lan.close();
  }
}

async function grow(founder: NodeOnHost, blocks: number): Promise<void> {
  for (let entry = 0; ; entry++) {
    if (entry % ENTRIES_BETWEEN_LOOKS === 0 && (await founder.status()).height >= blocks) return;
    await founder.submit(`entry-${entry}`);
  }
}

function stagesOf(laptop: NodeOnHost): object {
  const stages = laptop.lines.filter(({ event }) => event === 'stage');
  return Object.fromEntries(stages.map(({ stage, elapsedMs }) => [stage, elapsedMs]));
}
