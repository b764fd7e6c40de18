import { encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message, Status } from '../../../src-main/core/messages.ts';
import { hashSigningBytes } from '../../../src-main/core/signing.ts';
import { signSkip, type Actor, type ActorTools } from './tools.ts';

const EVERY_US = 50_000;
/** One hour of it, unless the run ends before. */
const ROUNDS = 72_000;

export interface Noise {
  /** What it has sent so far. */
  bytes: number;
  isLoud: boolean;
}

/**
 * Speaks all the time on an idle network: votes for what nobody proposed, skips of views to come, states of things that
 * do not exist, and questions for them. `noise` says whether it does, and counts.
 */
export function noiseMaker(noise: Noise): (tools: ActorTools) => Actor {
  return (tools) => {
    const { draw } = tools;
    let last: Status | null = null;
    const babble = (status: Status): Message => {
      const { height, view } = status;
      switch (draw.below(6)) {
        case 0:
          return strayVote(tools, status);
        case 1:
          return (
            signSkip(tools, { height, view: view + draw.below(4) }, -1, null) ?? strayVote(tools, status)
          );
        case 2:
          return boast(tools, status);
        case 3:
          return { ...status, height: height + draw.below(3), view: view + draw.below(3) };
        case 4:
          return pullNothing(tools);
        default:
          return { type: 'syncRequest', fromHeight: height + 1 + draw.below(1000), maxBytes: 256 * 1024 };
      }
    };
    const speak = (rounds: number): void => {
      if (noise.isLoud && last !== null) {
        for (const to of tools.peers) {
          const message = babble(last);
          noise.bytes += encodeMessage(message).length;
          tools.send(to, message);
        }
      }
      if (rounds > 0) tools.after(EVERY_US, () => speak(rounds - 1));
    };
    return {
      outgoing: (_to: number, message: Message) => {
        // What it really meant would be evidence beside its noise.
        if (message.type === 'vote' || message.type === 'commit' || message.type === 'skip') return [];
        if (message.type === 'status') {
          if (last === null) tools.after(EVERY_US, () => speak(ROUNDS));
          last = message;
        }
        return [message];
      },
    };
  };
}

/** Loud from the start, uncounted. */
export function loudNoiseMaker(tools: ActorTools): Actor {
  return noiseMaker({ bytes: 0, isLoud: true })(tools);
}

/** One hash for each view, so that it is no evidence against itself. */
function strayVote({ keys, chainId, committeeIndex }: ActorTools, { height, view }: Status): Message {
  const type = 'vote';
  const blockHash = keys.publicKey;
  const signature = keys.signer.sign(hashSigningBytes(type, chainId, height, view, blockHash));
  return { type, height, view, blockHash, index: committeeIndex(height) ?? 0, signature };
}

/** States to hold everybody's votes, a header, a notarisation and lanes that do not exist. */
function boast({ draw }: ActorTools, status: Status): Message {
  const all = new Uint8Array(16).fill(255);
  const laneTips = [0, 1, 2].map((origin) => ({ origin, seq: 1 + draw.below(8), digest: draw.bytes(32) }));
  return {
    ...status,
    votes: all,
    commits: all,
    skips: all,
    highNotarisedView: status.view,
    hasHeader: true,
    laneTips,
  };
}

function pullNothing({ draw, keys }: ActorTools): Message {
  const hashes = Array.from({ length: 8 }, () => draw.bytes(32));
  return {
    type: 'pull',
    lanes: [{ origin: keys.publicKey, fromSeq: 1, tipDigest: draw.bytes(32) }],
    headers: hashes,
  };
}
