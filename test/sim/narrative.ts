/**
 * Why a run failed, for people: of everything that happened, what lies in the causal past of the violation and is about
 * its height. A message that was said again or was never heard explains nothing, nor do STATUS, PULL and bundles, which
 * bear no promise.
 */
import { describeCertificate, describeMessage } from './describe.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { Height } from '../../src-main/core/types.ts';
import type { Happening } from './recorder.ts';

/** Where the violation showed: at these nodes, and about these heights. */
export interface Focus {
  readonly nodes: ReadonlySet<number>;
  readonly heights: ReadonlySet<Height>;
}

/** One message that mattered, with everybody who heard it and when. */
interface Saying {
  readonly atUs: number;
  readonly by: number;
  readonly message: Message;
  readonly heard: { readonly node: number; readonly atUs: number }[];
}

/** Lines in the order of time. */
export function narrate(happenings: readonly Happening[], focus: Focus): string[] {
  const sayings = new Map<Message, Saying>();
  const lines: { readonly atUs: number; readonly text: string }[] = [];
  const reached = new Set(focus.nodes);
  const heardFirst = firstHearings(happenings, focus);
  for (const happening of [...happenings].reverse()) {
    const { kind, node, atUs, height } = happening;
    if (node === null) lines.push({ atUs, text: kind === 'note' ? `--- ${happening.what}` : '' });
    else if (kind === 'note') {
      if (reached.has(node) && isTold(happening.what, focus.heights.has(height)))
        lines.push({ atUs, text: `n${node} ${happening.what}` });
    } else if (kind === 'receive') {
      if (!reached.has(node) || !heardFirst.has(happening)) continue;
      const saying = sayings.get(happening.message) ?? {
        atUs,
        by: happening.peer,
        message: happening.message,
        heard: [],
      };
      saying.heard.unshift({ node, atUs });
      sayings.set(happening.message, saying);
    } else if (sayings.has(happening.message)) {
      // What its sender knew when it said it belongs to the past as well.
      reached.add(node);
      sayings.set(happening.message, { ...sayings.get(happening.message)!, atUs, by: node });
    }
  }
  // Of one turn the write comes first. Sorting keeps the order of what is equal.
  lines.reverse();
  for (const saying of sayings.values()) lines.push({ atUs: saying.atUs, text: say(saying) });
  return lines
    .filter(({ text }) => text !== '')
    .sort((a, b) => a.atUs - b.atUs)
    .map(({ atUs, text }) => `${(atUs / 1000).toFixed(3).padStart(12)} ${text}`);
}

/** The first time that each node hears each statement about these heights, whoever repeats it later. */
function firstHearings(happenings: readonly Happening[], { heights }: Focus): ReadonlySet<Happening> {
  const known = new Set<string>();
  const first = new Set<Happening>();
  for (const happening of happenings) {
    if (happening.kind !== 'receive') continue;
    const height = heightOf(happening.message);
    if (height === null || !heights.has(height)) continue;
    const key = `${happening.node} ${signerOf(happening)} ${describeMessage(happening.message)}`;
    if (!known.has(key)) first.add(happening);
    known.add(key);
  }
  return first;
}

/** Ballots are their signer's, whoever passes them on; certificates and proposals are everybody's. */
function signerOf({ message }: Happening & { kind: 'send' | 'receive' }): number | string {
  const isBallot = message.type === 'vote' || message.type === 'commit' || message.type === 'skip';
  return isBallot ? message.index : '';
}

function heightOf(message: Message): Height | null {
  switch (message.type) {
    case 'propose':
      return message.propose.height;
    case 'certificate':
      return message.certificate.height;
    case 'vote':
    case 'commit':
    case 'skip':
      return message.height;
    default:
      return null;
  }
}

/** Starts, power cuts and disks always matter; writes and what a node says of itself while it is at these heights. */
function isTold(what: string, isAtHeight: boolean): boolean {
  if (what.startsWith('<-')) return false;
  if (/^(starts|power cut|its disk|halts|finds|drops|silent|sleeps|wakes)/.test(what)) return true;
  return isAtHeight && /^(writes|committed|evidence)/.test(what);
}

function say({ by, message, heard }: Saying): string {
  const ears = heard.map(({ node, atUs }) => `n${node} at ${(atUs / 1000).toFixed(3)}`).join(', ');
  return `n${by} ${inWords(message)}   heard by ${ears}`;
}

function inWords(message: Message): string {
  switch (message.type) {
    case 'propose': {
      const { skipCertificate, notarisation, height, view } = message.propose;
      const name = describeMessage(message).split(' ')[2] ?? '';
      const carried =
        notarisation === null ? 'a new block' : `again, with ${describeCertificate(notarisation)},`;
      const after = skipCertificate === null ? '' : ` after ${describeCertificate(skipCertificate)}`;
      return `proposes ${carried} ${name} for ${height}/${view}${after}`;
    }
    case 'vote':
    case 'commit': {
      const verb = message.type === 'vote' ? 'votes for' : 'commits to';
      const name = describeMessage(message).split(' ').at(-1) ?? '';
      return `${verb} ${name} in ${message.height}/${message.view} (member ${message.index})`;
    }
    case 'skip': {
      const stamp = message.hn < 0 ? 'no stamp' : `the stamp of view ${message.hn}`;
      return `gives up ${message.height}/${message.view}, having seen ${stamp} (member ${message.index})`;
    }
    case 'certificate':
      return `shows ${describeCertificate(message.certificate)}`;
    default:
      return describeMessage(message);
  }
}
