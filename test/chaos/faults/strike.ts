/** Every kind of fault, from its name to its module. */
import type { LocalNode } from '../../../src-main/networks/types.ts';
import type { Fault } from '../schedule.ts';
import type { Arena, Heal } from './arena.ts';
import { setClock } from './clock.ts';
import { loseDatabase, restoreOlder } from './database.ts';
import { fillDisk } from './disk.ts';
import { join, leave } from './membership.ts';
import { kill, sleep } from './processes.ts';

const NOTHING: Heal = () => Promise.resolve();

/** Resolves when the fault is there. */
export async function strike(arena: Arena, fault: Fault): Promise<Heal> {
  const { cluster, links } = arena;
  const nodes = 'nodes' in fault ? fault.nodes.map((number) => cluster.node(number)) : [];
  const keys = new Set(nodes.map(({ publicKey }) => publicKey));
  const onEach = async (harm: (node: LocalNode) => Promise<Heal>): Promise<Heal> => {
    const heals = await Promise.all(nodes.map(harm));
    return async () => void (await Promise.all(heals.map((heal) => heal())));
  };
  const onLinks = (
    change: Partial<Pick<typeof links, 'lossPercent' | 'delayMs' | 'apart' | 'mute'>>,
  ): Heal => {
    Object.assign(links, change);
    links.apply();
    return () => Promise.resolve(links.heal());
  };
  switch (fault.kind) {
    case 'kill':
      return kill(arena, nodes);
    case 'sleep':
      return sleep(nodes);
    case 'loss':
      return onLinks({ lossPercent: fault.percent });
    case 'delay':
      return onLinks({ delayMs: fault.delayMs });
    case 'split':
      return onLinks({ apart: keys });
    case 'mute':
      return onLinks({ mute: keys });
    case 'full-disk':
      return onEach((node) => fillDisk(arena, node));
    case 'clock':
      await Promise.all(nodes.map((node) => setClock(arena, node, fault.offsetSeconds)));
      return NOTHING;
    case 'old-database':
      return onEach((node) => restoreOlder(arena, node));
    case 'lost-database':
      return onEach((node) => loseDatabase(arena, node));
    case 'join':
      await join(arena);
      return NOTHING;
    case 'leave':
      await leave(arena, nodes[0]!);
      return NOTHING;
  }
}
