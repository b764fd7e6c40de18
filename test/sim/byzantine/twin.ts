import type { World } from '../world.ts';
import type { Actor, ActorTools } from './tools.ts';

/**
 * An honest node whose key runs elsewhere as well. Its owner tells it to sign whenever it has noticed; so each of the
 * two keeps its own promises, and both together break all of them.
 */
export function twin(tools: ActorTools): Actor {
  return {
    outgoing: (_to, message) => [message],
    published: (event) => {
      if (event.type === 'signing' && (event.silent === 'clone' || event.silent === 'amnesia'))
        tools.override(event.silent);
    },
  };
}

/** A node that is counted as faulty and behaves well: a copy that obeys its warnings. */
export function copy(): Actor {
  return { outgoing: (_to, message) => [message] };
}

/**
 * Who hears whom is drawn anew with each view that somebody enters, twins mostly apart: what would need luck in random
 * weather becomes usual.
 */
export function redrawnPartitions(world: World): () => void {
  const { machines, network } = world;
  const draw = world.drawFor('partitions');
  let newest = { height: 0, view: -1 };
  const redraw = (): void => {
    if (draw.chance(250)) return network.partition(null);
    const parts = draw.chance(800) ? 2 : 3;
    const groups = machines.map(() => draw.below(parts));
    for (const [index, machine] of machines.entries()) {
      const sibling = world.indexOf(machine.keys.text);
      if (sibling !== index && draw.chance(800)) groups[index] = (groups[sibling]! + 1) % parts;
    }
    network.partition(groups);
    world.note(`partition ${groups.join('')}`);
  };
  network.filter = (_from, _to, payload) => {
    const message = world.decode(payload);
    const at = message.type === 'propose' ? message.propose : message;
    if (!('view' in at)) return true;
    const { height, view } = at;
    if (height > newest.height || (height === newest.height && view > newest.view)) {
      newest = { height, view };
      redraw();
    }
    return true;
  };
  return () => network.heal();
}
