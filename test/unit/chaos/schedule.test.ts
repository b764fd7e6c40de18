import { describe, expect, it } from 'vitest';
import { Schedule } from '../../chaos/schedule.ts';
import type { Fault, Round } from '../../chaos/schedule.ts';

const HOLD = { leastMs: 100, mostMs: 900 };

function roundsOf(seed: number, nodes: number, count: number): Round[] {
  const schedule = new Schedule({ seed, nodes, hold: HOLD, smallDisks: [1] });
  return Array.from({ length: count }, () => schedule.next());
}

/** The members before each round, as the faults themselves tell. */
function withMembers(nodes: number, rounds: readonly Round[]): { round: Round; members: Set<number> }[] {
  let members = new Set(Array.from({ length: nodes }, (_, index) => index));
  let next = nodes;
  return rounds.map((round) => {
    const before = members;
    members = new Set(members);
    for (const fault of round.faults) {
      if (fault.kind === 'join') members.add(next++);
      if (fault.kind === 'leave') for (const node of fault.nodes) members.delete(node);
    }
    return { round, members: before };
  });
}

const nodesOf = (fault: Fault): readonly number[] => ('nodes' in fault ? fault.nodes : []);

describe('a schedule', () => {
  it('is a function of the seed', () => {
    expect(roundsOf(5, 7, 60)).toEqual(roundsOf(5, 7, 60));
    expect(roundsOf(5, 7, 60)).not.toEqual(roundsOf(6, 7, 60));
  });

  it('has every kind of fault, each early', () => {
    const kinds = new Set(roundsOf(1, 4, 28).flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      'clock',
      'delay',
      'full-disk',
      'join',
      'kill',
      'leave',
      'loss',
      'lost-database',
      'mute',
      'old-database',
      'sleep',
      'split',
    ]);
  });

  describe.each([4, 5, 7, 13])('for %i nodes', (nodes) => {
    const rounds = Array.from({ length: 20 }, (_, seed) =>
      withMembers(nodes, roundsOf(seed, nodes, 100)),
    ).flat();

    it('harms members only, once each per fault, and holds as long as it may', () => {
      for (const { round, members } of rounds) {
        expect(round.faults.length).toBeGreaterThan(0);
        expect(round.holdMs).toBeGreaterThanOrEqual(HOLD.leastMs);
        expect(round.holdMs).toBeLessThanOrEqual(HOLD.mostMs);
        for (const fault of round.faults) {
          const harmed = nodesOf(fault);
          if ('nodes' in fault) expect(harmed.length).toBeGreaterThan(0);
          expect(new Set(harmed).size).toBe(harmed.length);
          // A clock may be set at one that has joined in this very round.
          if (fault.kind !== 'clock') expect(harmed.every((node) => members.has(node))).toBe(true);
        }
      }
    });

    it('never takes the databases of more than can be missed, nor anybody else away meanwhile', () => {
      for (const { round, members } of rounds) {
        const forgetting = round.faults.filter(({ kind }) => /-database$/.test(kind));
        if (forgetting.length === 0) continue;
        expect(forgetting).toHaveLength(1);
        expect(3 * nodesOf(forgetting[0]!).length).toBeLessThan(members.size);
        const others = round.faults.filter((fault) => fault !== forgetting[0]).map(({ kind }) => kind);
        expect(others.every((kind) => ['loss', 'delay', 'clock'].includes(kind))).toBe(true);
      }
    });

    it('keeps between as many members as there were and two more', () => {
      for (const { members } of rounds) {
        expect(members.size).toBeGreaterThanOrEqual(nodes);
        expect(members.size).toBeLessThanOrEqual(nodes + 2);
        expect(members.has(1)).toBe(true);
      }
    });

    it('fills only small disks, and takes more than a third away now and then', () => {
      const full = rounds.flatMap(({ round }) => round.faults.filter(({ kind }) => kind === 'full-disk'));
      expect(full.every((fault) => nodesOf(fault).every((node) => node === 1))).toBe(true);
      const away = rounds.map(({ round, members }) => {
        const gone = round.faults.filter(({ kind }) => kind === 'kill' || kind === 'sleep').flatMap(nodesOf);
        return (3 * new Set(gone).size) / members.size;
      });
      expect(away.some((thirds) => thirds >= 1 && thirds < 3)).toBe(true);
      expect(away.some((thirds) => thirds === 3)).toBe(true);
    });
  });
});
