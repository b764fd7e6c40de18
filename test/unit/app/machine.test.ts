import { beforeEach, describe, expect, it } from 'vitest';
import type { MachineState } from '../../../src-main/app/contract/machine.ts';
import { Machine, readFreeBytes } from '../../../src-main/app/machine.ts';
import { ManualClock } from './manual-clock.ts';

const MIB = 1024 * 1024;

describe('the computer under the node', () => {
  let clock: ManualClock;
  let uptimeMs: number;
  let wallMs: number;
  let free: number | null;
  let told: MachineState[];
  let machine: Machine;

  beforeEach(async () => {
    clock = new ManualClock();
    uptimeMs = 1_000_000;
    wallMs = Date.UTC(2026, 10, 27);
    free = 10_000 * MIB;
    told = [];
    machine = new Machine({
      dataDir: '/data',
      clock,
      freeBytes: () => Promise.resolve(free),
      uptimeMs: () => uptimeMs,
      wallMs: () => wallMs,
      publish: (state) => told.push(state),
    });
    await machine.look();
    told = [];
  });

  /** Five seconds pass for the process; for the system, what it slept besides. */
  const pass = async (sleptMs = 0): Promise<void> => {
    uptimeMs += 5_000 + sleptMs;
    wallMs += 5_000 + sleptMs;
    clock.advance(5_000);
    await new Promise(setImmediate);
  };

  it('says that it slept, for a while, and never because somebody is late', async () => {
    await pass(20_000);
    expect(told).toEqual([]);
    await pass(3_600_000);
    expect(told).toMatchObject([{ sleptMs: 3_605_000 }]);
    for (let count = 0; count < 30; count++) await pass();
    expect(told.map(({ sleptMs }) => sleptMs)).toEqual([3_605_000, null]);
  });

  it('says that its clock was set, for a while, and takes neither sleep nor a correction for that', async () => {
    wallMs += 59_999;
    await pass();
    await pass(3_600_000);
    expect(told.map(({ clockSetMs }) => clockSetMs)).toEqual([null]);
    wallMs -= 86_400_000;
    await pass();
    expect(told.at(-1)).toMatchObject({ clockSetMs: -86_400_000 });
    for (let count = 0; count < 30; count++) await pass();
    expect(told.at(-1)).toMatchObject({ clockSetMs: null, sleptMs: null });
    wallMs += 60_000;
    await pass();
    expect(told.at(-1)).toMatchObject({ clockSetMs: 60_000, sleptMs: null });
  });

  it('says that the disk is nearly full before it is, and when it is not any more', async () => {
    free = 512 * MIB;
    await pass();
    expect(told).toEqual([]);
    free -= 1;
    await pass();
    expect(told.at(-1)).toMatchObject({ disk: { freeBytes: 512 * MIB - 1, isLow: true } });
    free = 1024 * MIB - 1;
    await pass();
    expect(told.at(-1)).toMatchObject({ disk: { isLow: true } });
    free = 1024 * MIB;
    await pass();
    expect(told.at(-1)).toMatchObject({ disk: { isLow: false } });
    free = null;
    await pass();
    expect(told.at(-1)).toMatchObject({ disk: null });
  });

  it('is not looked at any more when the app ends', async () => {
    machine.end();
    await pass(3_600_000);
    expect([told, clock.pending]).toEqual([[], 0]);
  });
});

it('reads the free space of a folder that is there, and none of one that is not', async () => {
  expect(await readFreeBytes('/')).toBeGreaterThan(0);
  expect(await readFreeBytes('/nonexistent')).toBeNull();
});
