/** One node's voting on one height, with the other members played by the test. */
import { toText } from '../../../src-main/core/bytes.ts';
import { CertificateVerifier } from '../../../src-main/core/certificates.ts';
import { ZERO_HASH } from '../../../src-main/core/encoding.ts';
import { LanePool } from '../../../src-main/core/lanes.ts';
import type { Propose } from '../../../src-main/core/messages.ts';
import { leaderOf } from '../../../src-main/core/quorum.ts';
import { Round } from '../../../src-main/core/round.ts';
import type { RoundFacts, Verdict } from '../../../src-main/core/round-facts.ts';
import type { SealedBundle, SealedHeader } from '../../../src-main/core/sealed.ts';
import { hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Certificate, Header, SignedStatement, View } from '../../../src-main/core/types.ts';
import * as build from './builders.ts';
import { Recorder } from './recording-context.ts';

export interface BenchOptions {
  readonly stakes?: readonly number[];
  /** Committee index of the node under test; undefined: an observer. */
  readonly self?: number | undefined;
  readonly flush?: boolean;
}

export class RoundBench {
  readonly network: build.TestNetwork;
  readonly recorder: Recorder;
  readonly lanes: LanePool;
  readonly facts: RoundFacts;
  readonly evidence: (readonly [SignedStatement, SignedStatement])[] = [];
  readonly viewsEntered: View[] = [];
  round: Round;
  forgotten = 0;
  maySign = true;

  constructor({ stakes = [1, 1, 1, 1], self = 0, flush = false }: BenchOptions = {}) {
    this.network = build.networkOf(stakes);
    const { committee, chainId, keys, genesis } = this.network;
    this.recorder = new Recorder(this.network, build.keyAt(this.network, self));
    this.lanes = new LanePool({ laneWindow: genesis.parameters.laneWindow });
    this.lanes.settle(
      keys.map(({ publicKey }, id) => ({
        id,
        publicKey,
        stake: stakes[id]!,
        raised: true,
        laneSeq: 0,
        laneDigest: ZERO_HASH,
      })),
    );
    this.facts = {
      height: 2,
      tipHash: chainId,
      stateHash: ZERO_HASH,
      committee,
      nextCommitteeHash: committee.hash,
      selfIndex: self,
      flush,
      leader: (view) => leaderOf(committee, 2, view, () => false),
    };
    this.round = this.newRound();
  }

  /** The same node after a restart: nothing but its durable records is left. */
  newRound(): Round {
    const { chainId } = this.network;
    return new Round(this.facts, {
      context: this.recorder.context,
      lanes: this.lanes,
      verifier: new CertificateVerifier({ crypto: build.crypto, chainId }),
      canSign: () => this.maySign,
      onForgotten: () => void this.forgotten++,
      onEvidence: (first, second) => void this.evidence.push([first, second]),
      onViewEntered: () => void this.viewsEntered.push(this.round.view),
      onProposed: () => undefined,
    });
  }

  restart(): void {
    const records = this.recorder.of('persistSafety').map(({ record }) => record);
    const newest = new Map(records.map((record) => [`${record.kind}:${record.key}`, record]));
    this.round = this.newRound();
    this.round.log.restore([...newest.values()], build.crypto);
    this.recorder.forget();
    this.round.start();
  }

  leaderIndex(view: View): number {
    return this.facts.committee.indexOf(toText(this.facts.leader(view).publicKey))!;
  }

  /** A member that does not lead the first `views` views. */
  static follower(views = 1, options: BenchOptions = {}): RoundBench {
    for (let self = 0; ; self++) {
      const bench = new RoundBench({ ...options, self });
      const leaders = Array.from({ length: views }, (_, view) => bench.leaderIndex(view));
      if (!leaders.includes(self)) return bench;
    }
  }

  static leader(view: View, options: BenchOptions = {}): RoundBench {
    const self = new RoundBench(options).leaderIndex(view);
    return new RoundBench({ ...options, self });
  }

  bundle(member: number, ident = 'pending'): SealedBundle {
    const { chainId, keys } = this.network;
    return build.bundleOf(chainId, keys[member]!, 1, ZERO_HASH, [build.transactionOf(ident)]);
  }

  hold(sealed: SealedBundle): SealedBundle {
    this.lanes.add(sealed);
    return sealed;
  }

  /** A header as the leader of `view` would make it. */
  header(view: View, bundles: readonly SealedBundle[] = [], changes: Partial<Header> = {}): SealedHeader {
    const cut = bundles.map(({ bundle, digest }) => ({
      origin: this.network.keys.findIndex(({ text }) => text === toText(bundle.origin)),
      toSeq: bundle.seq,
      tipDigest: digest,
    }));
    const proposer = this.facts.leader(view).id;
    return build.headerOf(this.network, { view, proposer, cut, ...changes });
  }

  propose(
    view: View,
    sealed: SealedHeader,
    skipCertificate: Certificate | null = null,
    notarisation: Certificate | null = null,
  ): Propose {
    const message = hashSigningBytes('propose', this.network.chainId, 2, view, sealed.hash);
    const signature = build.keyAt(this.network, this.leaderIndex(view)).signer.sign(message);
    return { height: 2, view, sealed, signature, skipCertificate, notarisation };
  }

  /** A started follower of view 0 with one pending bundle, and the leader's proposal of it. */
  static proposed(views = 1, options: BenchOptions = {}) {
    const bench = RoundBench.follower(views, options);
    bench.round.start();
    const bundle = bench.hold(bench.bundle(0));
    const header = bench.header(0, [bundle]);
    const propose = bench.propose(0, header);
    return { bench, bundle, header, propose };
  }

  /** Delivers the ballots of these members. */
  ballots(type: 'vote' | 'commit', view: View, sealed: SealedHeader, members: readonly number[]): void {
    for (const index of members)
      this.round.onVote(build.voteOf(this.network, type, index, view, sealed.hash));
  }

  skips(
    view: View,
    members: readonly number[],
    hn: View = -1,
    notarisation: Certificate | null = null,
  ): readonly Verdict[] {
    return members.map((index) =>
      this.round.onSkip(build.skipOf(this.network, index, view, hn, notarisation)),
    );
  }

  /** The committee indices of the others. */
  get others(): number[] {
    const { committee, selfIndex } = this.facts;
    return committee.members.map((_, index) => index).filter((index) => index !== selfIndex);
  }

  get ownIndex(): number {
    return this.facts.selfIndex!;
  }
}
