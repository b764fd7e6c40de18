import { highestNamed, skipCertificate, type SkipBallot } from '../../../src-main/core/certificates.ts';
import { toText } from '../../../src-main/core/bytes.ts';
import { sealHeader } from '../../../src-main/core/encoding.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import { hashSigningBytes, skipSigningBytes } from '../../../src-main/core/signing.ts';
import type { SealedHeader } from '../../../src-main/core/sealed.ts';
import type { Certificate, HashText } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { KeyPair } from '../keys.ts';
import type { Actor, ActorFactory, ActorTools } from './tools.ts';

const REMEMBERED = 256;

/**
 * A leader that chooses whose SKIPs it believes: from all it heard, and the lies of every key that it shares, it
 * assembles the S that names least, to begin afresh where it can or to carry on the oldest notarisation, or the S that
 * names most, to oblige others to what they do not hold. `accomplices`: keys of all faulty members, filled when known.
 */
export function subsetLeader(accomplices: readonly KeyPair[]): ActorFactory {
  return (tools) => createSubsetLeader(tools, accomplices);
}

/** What an accomplice has heard at the heights it takes part in. */
class Heard {
  readonly skips = new Map<string, Map<number, SkipBallot>>();
  readonly notarisations = new Map<string, Map<number, Certificate>>();
  readonly headers = new Map<HashText, SealedHeader>();

  learn(message: Message): void {
    if (message.type === 'skip') {
      const { height, view, index, hn, signature } = message;
      entryOf(this.skips, `${height}/${view}`).set(index, { hn, signature });
      this.#learnCertificate(message.notarisation);
    } else if (message.type === 'certificate') {
      this.#learnCertificate(message.certificate);
      this.#learnCertificate(message.notarisation);
      if (message.sealed !== null) this.#learnHeader(message.sealed);
    } else if (message.type === 'propose') {
      this.#learnCertificate(message.propose.notarisation);
      this.#learnHeader(message.propose.sealed);
    }
  }

  /** The oldest that an S naming `named` lets a leader of `view` carry on. */
  oldestNotarisation(height: number, named: number, view: number): Certificate | undefined {
    return [...entryOf(this.notarisations, `${height}`).values()]
      .filter((certificate) => certificate.view >= Math.max(named, 0) && certificate.view < view)
      .sort((a, b) => a.view - b.view)[0];
  }

  #learnCertificate(certificate: Certificate | null): void {
    if (certificate?.kind === 'N')
      entryOf(this.notarisations, `${certificate.height}`).set(certificate.view, certificate);
  }

  #learnHeader(sealed: SealedHeader): void {
    if (this.headers.size >= REMEMBERED) this.headers.clear();
    this.headers.set(toText(sealed.hash), sealed);
  }
}

function createSubsetLeader(tools: ActorTools, accomplices: readonly KeyPair[]): Actor {
  const heard = new Heard();
  const rebuilt = new Map<string, Propose>();

  const rebuild = (propose: Propose): Propose | null => {
    const { height, view } = propose;
    const ballots = new Map(heard.skips.get(`${height}/${view - 1}`) ?? []);
    addLies(ballots, tools, accomplices, { height, view: view - 1 });
    const entry = chooseSigners(ballots, tools, { height, view: view - 1 });
    if (entry === undefined) return null;
    const named = highestNamed(entry);
    const carried = named === -1 ? undefined : heard.oldestNotarisation(height, named, view);
    const sealed = carried === undefined ? afresh(tools, propose) : heard.headers.get(toText(carried.hash));
    if (sealed === undefined) return null;
    const signed = hashSigningBytes('propose', tools.chainId, height, view, sealed.hash);
    const signature = tools.keys.signer.sign(signed);
    return { height, view, sealed, signature, skipCertificate: entry, notarisation: carried ?? null };
  };

  return {
    outgoing: (_to: number, message: Message) => {
      heard.learn(message);
      if (message.type !== 'propose' || message.propose.view === 0) return [message];
      const name = `${message.propose.height}/${message.propose.view}`;
      const propose = rebuilt.get(name) ?? rebuild(message.propose) ?? message.propose;
      if (rebuilt.size >= REMEMBERED) rebuilt.clear();
      rebuilt.set(name, propose);
      return [{ type: 'propose', propose }];
    },
    incoming: (_from: number, message: Message) => {
      heard.learn(message);
      return true;
    },
  };
}

interface At {
  readonly height: number;
  readonly view: number;
}

/** All accomplices say that they know of no notarisation, whatever they said before. */
function addLies(
  ballots: Map<number, SkipBallot>,
  tools: ActorTools,
  accomplices: readonly KeyPair[],
  { height, view }: At,
): void {
  const members = tools.committee(height);
  for (const { text, signer } of accomplices) {
    const index = members.findIndex(({ publicKey }) => toText(publicKey) === text);
    const signature = signer.sign(skipSigningBytes(tools.chainId, height, view, -1));
    if (index >= 0) ballots.set(index, { hn: -1, signature });
  }
}

/** Signers are taken in the order of what they name; turned round, those who name most come first. */
function chooseSigners(
  ballots: ReadonlyMap<number, SkipBallot>,
  tools: ActorTools,
  { height, view }: At,
): Certificate | undefined {
  const order = tools.draw.chance(700) ? 1 : -1;
  const committee = new Committee(tools.committee(height), sodiumCrypto);
  const keyed = [...ballots].map(
    ([index, { hn, signature }]) => [index, { hn: order * hn, signature }] as const,
  );
  const chosen = skipCertificate(height, view, new Map(keyed), committee);
  return chosen && { ...chosen, hn: chosen.hn.map((hn) => (hn === 0 ? 0 : order * hn)) };
}

function afresh(tools: ActorTools, { height, view, sealed: { header } }: Propose): SealedHeader {
  const proposer = tools.memberId(height) ?? header.proposer;
  const cut = header.cut.length > 1 ? header.cut.slice(1) : header.cut;
  return sealHeader({ ...header, view, proposer, cut }, sodiumCrypto);
}

function entryOf<Value>(map: Map<string, Map<number, Value>>, key: string): Map<number, Value> {
  const held = map.get(key);
  if (held !== undefined) return held;
  if (map.size >= REMEMBERED) map.clear();
  const entry = new Map<number, Value>();
  map.set(key, entry);
  return entry;
}
