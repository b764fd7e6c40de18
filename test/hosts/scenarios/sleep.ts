/** A laptop sleeps for long, while the others go on. */
import { setTimeout as pause } from 'node:timers/promises';
import { agree, expectOneChain, memberOf } from '../agreement.ts';
import { fourMembers, newFolder } from '../founders.ts';
import { Lan } from '../lan.ts';
import { round, say, secondsOf } from './figures.ts';

const MINUTE_MS = 60_000;
const BETWEEN_ENTRIES_MS = 50;

export async function sleep(minutes: number): Promise<object> {
  const lan = new Lan('sleep');
  try {
    const [writer, sleeper, ...rest] = await fourMembers(lan, newFolder('sleep'), '10.84.0');
    const others = [writer, ...rest];
    const { publicKey, height: before } = await sleeper.status();
    const seen = async () => memberOf(await writer.status(), publicKey)!;
    const sleptAtMs = performance.now();
    let awaySeconds: number | null = null;
    let passedOverSeconds: number | null = null;
    sleeper.signal('SIGSTOP');
    say(`asleep for ${minutes} minutes`);
    for (let count = 0; performance.now() - sleptAtMs < minutes * MINUTE_MS; count++) {
      await agree(others, `asleep-${count % 100}`);
      const { connected, demotedUntil } = await seen();
      const seconds = round((performance.now() - sleptAtMs) / 1_000);
      if (!connected) awaySeconds ??= seconds;
      if (demotedUntil !== null) passedOverSeconds ??= seconds;
      await pause(BETWEEN_ENTRIES_MS);
    }
    const { height } = await writer.status();
    const received = sleeper.host.bytes().received;
    sleeper.signal('SIGCONT');
    const levelSeconds = await secondsOf(() => sleeper.until((status) => status.height >= height));
    say(`${height - before} blocks behind, level after ${levelSeconds.toFixed(1)} s`);
    const nodes = [...others, sleeper];
    let blocksUntilLeading = 0;
    for (let isLeading = false; !isLeading; blocksUntilLeading++) {
      await agree(nodes, 'awake');
      const block = await writer.block((await writer.status()).height);
      isLeading = block.proposer === publicKey;
    }
    await expectOneChain(nodes);
    return {
      minutes,
      blocksBehind: height - before,
      seenAwayAfterSeconds: awaySeconds,
      passedOverAfterSeconds: passedOverSeconds,
      levelAfterSeconds: round(levelSeconds),
      bytesReceived: sleeper.host.bytes().received - received,
      blocksUntilLeading,
    };
  } finally {
    await lan.close();
  }
}
