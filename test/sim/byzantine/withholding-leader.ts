import { TIMINGS } from '../../../src-main/node/timing.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import type { Actor, ActorTools } from './tools.ts';

/** Shows its proposal to some only: from nobody to all but one. */
export function withholdingLeader(tools: ActorTools): Actor {
  let chosen: { readonly name: string; readonly peers: ReadonlySet<number> } | null = null;
  const maySee = (propose: Propose, to: number): boolean => {
    const name = `${propose.height}/${propose.view}`;
    if (chosen?.name !== name) {
      const peers = tools.draw.shuffle(tools.peers).slice(0, tools.draw.below(tools.peers.length));
      chosen = { name, peers: new Set(peers) };
    }
    return chosen.peers.has(to);
  };
  return {
    outgoing: (to: number, message: Message) =>
      message.type === 'propose' && !maySee(message.propose, to) ? [] : [message],
  };
}

/** Proposes when the others are about to give its view up, before some of them and after others. */
export function lateLeader(tools: ActorTools): Actor {
  const { viewMs } = TIMINGS.loopback;
  const seen = new Set<string>();
  return {
    outgoing: (to: number, message: Message) => {
      if (message.type !== 'propose') return [message];
      const { height, view } = message.propose;
      const name = `${height}/${view}/${to}`;
      if (seen.has(name)) return [message];
      if (seen.size > 1024) seen.clear();
      seen.add(name);
      const lastMomentMs = viewMs * 1.5 ** Math.min(view, 4) + tools.draw.between(-25, 10);
      tools.after(lastMomentMs * 1000, () => tools.send(to, message));
      return [];
    },
  };
}
