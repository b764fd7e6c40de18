/**
 * npm run bench -- [--nodes 4,7,13] [--seconds 60] [--loss PERCENT] [--delay MS] [--crashes ROUNDS] [--floods]
 * [--soak MINUTES]: starts real nodes as processes and prints one JSON result. Figures are compared within one run: the
 * machine and what else runs on it are part of them. With --crashes nothing but crashes and catching up is measured, so
 * many times; with --floods nothing but entries while hostile datagrams come; with --soak what a node takes in a long
 * time. What stalls ends the run: then the nodes' own words about it, their logs and databases are kept, and it says
 * where.
 */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../../src-main/networks/version.ts';
import { Cluster } from './cluster.ts';
import { diagnose } from './diagnosis.ts';
import { floodLatency } from './floods.ts';
import { soak } from './soak.ts';
import { catchUp, crash, idleLatency, idleTraffic, throughput } from './measures.ts';

const options = {
  nodes: { type: 'string', default: '4,7,13' },
  seconds: { type: 'string', default: '60' },
  loss: { type: 'string', default: '0' },
  delay: { type: 'string', default: '0' },
  crashes: { type: 'string' },
  floods: { type: 'boolean', default: false },
  soak: { type: 'string' },
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
  let isKept = false;
  try {
    return { nodes: nodeCount, ...(await measureCluster(cluster, nodeCount)) };
  } catch (error) {
    isKept = true;
    console.error(`n = ${nodeCount}: ${String(error)}; see ${await diagnose(cluster, error)}`);
    throw error;
  } finally {
    await cluster.stop();
    if (!isKept) cluster.removeFolder();
  }
}

async function measureCluster(cluster: Cluster, nodeCount: number): Promise<object> {
  const say = (what: string): void => console.error(`n = ${nodeCount}: ${what}`);
  // The sustained load is the long one; everything else is seen in a fraction of it.
  const part = Math.max(5, Math.round(seconds / 3));
  const tolerated = Math.floor((nodeCount - 1) / 3);
  const breakdown = async (): Promise<object> => {
    if (tolerated === 0) return {};
    say('crash and catch-up');
    const crashes = [await crash(cluster, 1), ...(tolerated > 1 ? [await crash(cluster, tolerated)] : [])];
    return { crashes, catchUp: await catchUp(cluster, Math.min(part, 10)) };
  };
  if (values.crashes !== undefined) {
    const rounds: object[] = [];
    while (rounds.length < Number(values.crashes)) rounds.push(await breakdown());
    return { rounds };
  }
  if (values.soak !== undefined) return { soak: await soak(cluster, Number(values.soak), say) };
  if (values.floods) return { floods: await floodLatency(cluster) };
  say('latency while idle');
  const latency = await idleLatency(cluster, 200);
  say(`traffic while idle, ${part} s`);
  const idle = await idleTraffic(cluster, part);
  say(`transactions, ${nodeCount === 4 ? seconds : part} s`);
  const transactions = await throughput(cluster, nodeCount === 4 ? seconds : part, 1);
  say(`commands, ${part} s`);
  const commands = await throughput(cluster, part, 16);
  return { latency, idle, transactions, commands, ...(await breakdown()) };
}

const results: object[] = [];
for (const nodeCount of values.nodes.split(',').map(Number)) results.push(await measure(nodeCount));
const machine = { processors: os.cpus().length, model: os.cpus()[0]?.model ?? '', node: process.version };
console.log(JSON.stringify({ version: VERSION, machine, faults, results }, null, 2));
