/**
 * What the transport costs on this machine: `node test/bench/network.ts` prints JSON. Both ends share one
 * process, hence the CPU time per datagram is that of sending and receiving together.
 */
import { TestNode } from '../integration/network/support.ts';

interface Result {
  readonly name: string;
  readonly messagesPerS: number;
  readonly megabytesPerS: number;
  readonly cpuPerMessageUs: number;
  readonly datagramsPerMessage: number;
  readonly lost: number;
}

async function connectedPair(): Promise<[TestNode, TestNode]> {
  const a = await TestNode.open();
  const b = await TestNode.open();
  a.knows(b);
  b.knows(a);
  await a.until(() => a.isConnectedTo(b) && b.isConnectedTo(a));
  return [a, b];
}

/** Sends bursts and waits until each has arrived. */
async function throughput(name: string, sizeBytes: number, burst: number, rounds: number): Promise<Result> {
  const [a, b] = await connectedPair();
  const payload = new Uint8Array(sizeBytes).fill(1);
  let lost = 0;
  const run = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round++) {
      for (let i = 0; i < burst; i++) a.transport.send(b.text, payload);
      a.transport.flush();
      const deadlineMs = performance.now() + 1000;
      await b.until(() => b.messages.length >= burst || performance.now() > deadlineMs);
      lost += burst - b.messages.length;
      b.messages.length = 0;
    }
  };
  await run(Math.ceil(rounds / 10));
  const cpu = process.cpuUsage();
  const beginMs = performance.now();
  const sentBefore = a.link(b)!.datagramsSent;
  await run(rounds);
  const elapsedS = (performance.now() - beginMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const messages = burst * rounds;
  const result = {
    name,
    messagesPerS: Math.round(messages / elapsedS),
    megabytesPerS: Math.round((messages * sizeBytes) / elapsedS / 1e6),
    cpuPerMessageUs: Number(((user + system) / messages).toFixed(1)),
    datagramsPerMessage: Number(((a.link(b)!.datagramsSent - sentBefore) / messages).toFixed(2)),
    lost,
  };
  await a.transport.close();
  await b.transport.close();
  return result;
}

/** One message there and back, the next one after it. */
async function pingPong(rounds: number): Promise<Record<string, number | string>> {
  const [a, b] = await connectedPair();
  const payload = new Uint8Array(200);
  const samplesMs: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const beginMs = performance.now();
    a.say(b, payload);
    await b.until(() => b.messages.length > 0);
    b.messages.length = 0;
    b.say(a, payload);
    await a.until(() => a.messages.length > 0);
    a.messages.length = 0;
    samplesMs.push(performance.now() - beginMs);
  }
  samplesMs.sort((x, y) => x - y);
  await a.transport.close();
  await b.transport.close();
  return {
    name: 'round trip of 200 bytes',
    p50Us: Math.round(samplesMs[rounds >> 1]! * 1000),
    p99Us: Math.round(samplesMs[Math.floor(rounds * 0.99)]! * 1000),
  };
}

async function handshake(rounds: number): Promise<Record<string, number | string>> {
  const cpu = process.cpuUsage();
  let elapsedMs = 0;
  for (let i = 0; i < rounds; i++) {
    const a = await TestNode.open();
    const b = await TestNode.open();
    const beginMs = performance.now();
    b.knows(a, []);
    a.knows(b);
    await a.until(() => a.isConnectedTo(b));
    await b.until(() => b.isConnectedTo(a));
    elapsedMs += performance.now() - beginMs;
    await a.transport.close();
    await b.transport.close();
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    name: 'two sockets and a handshake',
    meanMs: Number((elapsedMs / rounds).toFixed(2)),
    cpuMs: Number(((user + system) / 1000 / rounds).toFixed(2)),
  };
}

const results = [
  await throughput('200 bytes, one per datagram', 200, 1, 10_000),
  await throughput('200 bytes, 16 per flush', 200, 16, 5_000),
  await throughput('6 KiB', 6 * 1024, 8, 2_000),
  await throughput('32 KiB, fragmented', 32 * 1024, 4, 500),
  await throughput('256 KiB, fragmented', 256 * 1024, 1, 300),
  await pingPong(5_000),
  await handshake(50),
];
console.log(JSON.stringify(results, null, 2));
