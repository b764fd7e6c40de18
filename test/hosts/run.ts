/**
 * `npm run hosts -- --room 20`: a room of hosts of their own joins one network. Prints figures as JSON: seconds from
 * the click to the full member for each, how long the whole room took, blocks, and bytes that each host sent and
 * received.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { newFolder } from './founders.ts';
import { Lan, obstacle } from './lan.ts';
import { NodeOnHost } from './node-on-host.ts';

const ENTRIES_BETWEEN_LOOKS = 100;

const { values } = parseArgs({
  options: {
    room: { type: 'string', default: '20' },
    blocks: { type: 'string', default: '0' },
  },
});

const reason = obstacle();
if (reason !== null) {
  console.log(JSON.stringify({ skipped: reason }));
} else {
  console.log(JSON.stringify(await room(Number(values.room), Number(values.blocks)), null, 2));
}

/** So many hosts join at once, after the chain of the founder has grown to so many blocks. */
async function room(size: number, blocks: number): Promise<object> {
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
    const isFull = ({ members }: { members: readonly { stake: number }[] }): boolean =>
      members.filter(({ stake }) => stake > 0).length === size + 1;
    await founder.until(isFull);
    const roomSeconds = (performance.now() - began) / 1_000;
    const { height } = await founder.status();
    await founder.submit('after-all');
    await Promise.all(laptops.map((laptop) => laptop.until((status) => status.height > height)));
    const sorted = seconds.toSorted((a, b) => a - b);
    return {
      size,
      chainHeight,
      roomSeconds: round(roomSeconds),
      clickToFullMemberSeconds: {
        first: round(sorted[0]!),
        median: round(sorted[size >> 1]!),
        last: round(sorted.at(-1)!),
      },
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
