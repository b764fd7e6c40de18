/**
 * npm run bench -- [--nodes 4,7,13] [--seconds 60] [--loss PERCENT] [--delay MS]: starts real nodes as
 * processes and prints one JSON result. Figures are compared within one run: the machine and what else runs on
 * it are part of them.
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../../src-main/networks/version.ts';
import { Cluster } from './cluster.ts';
import { catchUp, crash, idleLatency, idleTraffic, throughput } from './measures.ts';

const options = {
  nodes: { type: 'string', default: '4,7,13' },
  seconds: { type: 'string', default: '60' },
  loss: { type: 'string', default: '0' },
  delay: { type: 'string', default: '0' },
  /** Runs the sources instead of the build. */
  sources: { type: 'boolean', default: false },
} as const;

const args = process.argv.slice(2).filter((arg) => arg !== '--');
const { values } = parseArgs({ args, options });
const root = path.resolve(import.meta.dirname, '../..');
const entry = path.join(
  root,
  values.sources ? 'src-main/headless/node-process.ts' : 'dist/main/node-process.js',
);
const seconds = Number(values.seconds);
const faults = { lossPermille: Math.round(Number(values.loss) * 10), delayMs: Number(values.delay) };

async function measure(nodeCount: number): Promise<object> {
  const cluster = await Cluster.start(nodeCount, faults, entry);
  const say = (what: string): void => console.error(`n = ${nodeCount}: ${what}`);
  try {
    // The sustained load is the long one; everything else is seen in a fraction of it.
    const part = Math.max(5, Math.round(seconds / 3));
    const tolerated = Math.floor((nodeCount - 1) / 3);
    say('latency while idle');
    const latency = await idleLatency(cluster, 200);
    say(`traffic while idle, ${part} s`);
    const idle = await idleTraffic(cluster, part);
    say(`transactions, ${nodeCount === 4 ? seconds : part} s`);
    const transactions = await throughput(cluster, nodeCount === 4 ? seconds : part, 1);
    say(`commands, ${part} s`);
    const commands = await throughput(cluster, part, 16);
    if (tolerated === 0) return { nodes: nodeCount, latency, idle, transactions, commands };
    say('crash and catch-up');
    const crashes = [await crash(cluster, 1), ...(tolerated > 1 ? [await crash(cluster, tolerated)] : [])];
    const caughtUp = await catchUp(cluster, Math.min(part, 10));
    return { nodes: nodeCount, latency, idle, transactions, commands, crashes, catchUp: caughtUp };
  } finally {
    await cluster.stop();
  }
}

const results: object[] = [];
for (const nodeCount of values.nodes.split(',').map(Number)) results.push(await measure(nodeCount));
const machine = { processors: os.cpus().length, model: os.cpus()[0]?.model ?? '', node: process.version };
console.log(JSON.stringify({ version: VERSION, machine, faults, results }, null, 2));
