/**
 * `npm run hosts`: what takes too long for a test, over hosts of their own. Prints figures as JSON.
 *
 * --scenario room    --room N [--blocks N]    a room of hosts joins one network at once, after its chain has grown
 * --scenario sleep   --minutes M              one of four sleeps (SIGSTOP) while the others make blocks
 * --scenario links   --joins N --loss PERCENT --delay MS   one after the other joins over bad links
 * --scenario halves  --joins N                the network falls into halves at a random moment of each join
 * --scenario restore --times N                one of four is lost and restored at another address, each time another
 */
import { parseArgs } from 'node:util';
import { obstacle } from './lan.ts';
import { halves } from './scenarios/halves.ts';
import { links } from './scenarios/links.ts';
import { restore } from './scenarios/restore.ts';
import { room } from './scenarios/room.ts';
import { sleep } from './scenarios/sleep.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'room' },
    room: { type: 'string', default: '20' },
    blocks: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '10' },
    joins: { type: 'string', default: '10' },
    loss: { type: 'string', default: '20' },
    delay: { type: 'string', default: '100' },
    times: { type: 'string', default: '10' },
  },
});

const scenarios: Readonly<Record<string, () => Promise<object>>> = {
  room: () => room(Number(values.room), Number(values.blocks)),
  sleep: () => sleep(Number(values.minutes)),
  links: () =>
    links(Number(values.joins), { lossPercent: Number(values.loss), delayMs: Number(values.delay) }),
  halves: () => halves(Number(values.joins)),
  restore: () => restore(Number(values.times)),
};

const scenario = scenarios[values.scenario];
if (scenario === undefined) throw new Error(`--scenario is one of ${Object.keys(scenarios).join(', ')}`);
const reason = obstacle();
console.log(JSON.stringify(reason === null ? await scenario() : { skipped: reason }, null, 2));
