/** A picture of the running node for people; derived on demand, never stored. */
import { fromText, toText } from '../core/bytes.ts';
import type { Consensus } from '../core/consensus.ts';
import type { Guard } from '../core/guard.ts';
import type { Proofs } from '../core/proofs-record.ts';
import type { Hash, Height, PeerText } from '../core/types.ts';
import { ifReadable, type EvidenceBook } from './evidence.ts';
import type { LastSaid, NodeSnapshot, OpenVote } from './facade.ts';
import type { ChainReader, PeerLink, RejectionCounters } from './ports.ts';
import { laneKey } from '../ledger/departed-lanes.ts';

export interface Surroundings {
  readonly links: readonly PeerLink[];
  readonly evidence: EvidenceBook;
  readonly lastSaid: ReadonlyMap<PeerText, LastSaid>;
  readonly rejections: RejectionCounters;
  readonly haltedBy: string | null;
  readonly proving: Proofs | null;
  /** The newest block on disk. */
  readonly tip: { readonly height: Height; readonly hash: Hash };
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly self: PeerText;
  readonly reader: ChainReader;
}

export function buildSnapshot(consensus: Consensus, around: Surroundings): NodeSnapshot {
  const { state, round, silence, guard } = consensus;
  const { resumeHeight } = guard;
  const { height } = around.tip;
  const links = new Map(around.links.map((link) => [link.publicKey, link]));
  const members = state.members.map(
    ({ id, publicKey: key, stake, demotedUntil, punishedAt, readyHeight, raised: wasRaised }) => {
      const publicKey = toText(key);
      const isSelf = publicKey === around.self;
      return {
        id,
        publicKey,
        stake,
        isSelf,
        link: links.get(publicKey) ?? null,
        lastSaid: around.lastSaid.get(publicKey) ?? null,
        tipHeight: isSelf ? height : consensus.peers.tipOf(publicKey),
        demotedUntil: demotedUntil > height ? demotedUntil : null,
        evidence: punishedAt > 0 ? around.evidence.against(publicKey, punishedAt) : null,
        laneFork: consensus.forks.of(publicKey),
        isReady: readyHeight > 0,
        wasRaised,
      };
    },
  );
  const awaits = guard.awaits(height);
  return {
    phase: around.haltedBy !== null ? 'halted' : phaseOf(guard),
    silence,
    resumeHeight: silence === null && awaits !== null ? resumeHeight : null,
    awaits,
    haltedBy: around.haltedBy,
    height,
    tipHash: toText(around.tip.hash),
    view: round.view,
    busy: round.isBusy(),
    syncTarget: consensus.syncTarget,
    proving: around.proving,
    members,
    membership: members.some(({ isSelf }) => isSelf) ? 'member' : hasLeft(around) ? 'left' : 'none',
    links: around.links.filter(({ connected }) => connected).length,
    votes: openVotes(consensus, around.self),
    isVoting: round.facts.selfIndex !== undefined,
    pendingBundles: consensus.lanes.size,
    rejections: around.rejections,
    nowMs: around.nowMs,
    startedAtMs: around.startedAtMs,
  };
}

function phaseOf({ silence, isOverdue }: Guard): NodeSnapshot['phase'] {
  if (silence === null) return 'running';
  if (silence !== 'starting') return 'silent';
  // Whoever hears too few waits for them, as everybody does then.
  return isOverdue ? 'running' : 'starting';
}

function openVotes({ state }: Consensus, self: PeerText): OpenVote[] {
  const byId = new Map(state.members.map((member) => [member.id, member]));
  return state.stakeVotes.flatMap(({ target, remove, delta, ident, openedAt, voters }) => {
    const member = byId.get(target);
    if (member === undefined) return [];
    const voting = voters.flatMap((id) => byId.get(id) ?? []);
    return {
      target: toText(member.publicKey),
      ...{ remove, delta, ident, openedAt },
      votedStake: voting.reduce((sum, { stake }) => sum + stake, 0),
      hasVoted: voting.some(({ publicKey }) => toText(publicKey) === self),
    };
  });
}

/** Whether the chain says that the own key is no member any more. */
function hasLeft({ reader, self }: Surroundings): boolean {
  return ifReadable(() => reader.value(laneKey(fromText(self)!))) !== undefined;
}
