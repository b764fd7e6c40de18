/**
 * The voting rules of one height (PROTOCOL section 4.3):
 *
 * - Upon a justified PROPOSE in my view, before any VOTE or SKIP of mine in it: VOTE.
 * - Upon a quorum of VOTE (a notarisation, N), before any SKIP of mine in its view or above: COMMIT.
 * - Upon a quorum of COMMIT (C): the block is final.
 * - Upon the timer, or skips of more than a third: SKIP, naming my highest N and carrying it along.
 * - Upon a quorum of SKIP (S): the next view, whose leader must carry on the highest N that S names.
 *
 * Each rule looks at what is held and says whether it changed something; all of them are idempotent.
 */
import { toText } from './bytes.ts';
import { highestNamed } from './certificates.ts';
import { InvariantError } from './context.ts';
import type { RoundState } from './round-state.ts';
import type { View } from './types.ts';
import { findInvalid, newHeader } from './validity.ts';

/** Lets every rule run until none applies any more. */
export function applyRules(state: RoundState): void {
  let changed = true;
  while (changed && state.decision === null) {
    state.wants = null;
    changed = decide(state) || followSkips(state) || propose(state) || vote(state) || commit(state);
  }
}

/** Upon a quorum of skips: the next view. Upon weak skips, or the leader's own: skip as well. */
function followSkips(state: RoundState): boolean {
  const { view } = state;
  const { committee, leader } = state.facts;
  const skips = state.ballots.skipsAt(view);
  if (skips.size === 0) return false;
  const entry = state.buildSkipCertificate(view);
  if (entry !== undefined) {
    state.enter(view + 1, entry);
    return true;
  }
  const leaderIndex = committee.indexOf(toText(leader(view).publicKey));
  const leaderGaveUp = leaderIndex !== undefined && skips.has(leaderIndex) && state.isBusy();
  return (committee.isWeak(skips.keys()) || leaderGaveUp) && giveUp(state, view);
}

/** The leader's part: once per view, tried again whenever an input that it lacked arrives. */
function propose(state: RoundState): boolean {
  const { view, log, facts, host, signingIndex } = state;
  const isLeader = signingIndex !== undefined && facts.leader(view) === facts.committee.members[signingIndex];
  if (!isLeader || log.proposals.has(view) || log.skipView >= view) return false;
  const entry = view === 0 ? null : state.bestSkipCertificate(view - 1);
  if (entry === undefined) return false;
  const named = entry === null ? -1 : highestNamed(entry.certificate);
  const carried = state.memory.highestNotarisation(Math.max(named, 0), view) ?? null;
  // It must not propose afresh, and cannot prove what it should carry on.
  if (carried === null && named >= 0) return giveUp(state, view);
  const sealed =
    carried === null ? newHeader(view, facts, host.lanes, host.context) : state.memory.header(carried.hash);
  if (sealed === undefined) return carried !== null && state.want([carried.hash]);
  const proposal = state.statements.propose(view, sealed, entry?.certificate ?? null, carried);
  log.recordProposal(proposal);
  state.adoptOwn(proposal);
  const resolution = host.lanes.resolve(sealed.header.cut, facts.height);
  // What it cites goes first, so that nobody has to ask for it.
  host.onProposed(resolution.ok ? resolution.bundles : []);
  host.context.broadcast({ type: 'propose', propose: proposal });
  return true;
}

/** One VOTE per view, and none after SKIP: for a valid header of a justified proposal, once all it cites is held. */
function vote(state: RoundState): boolean {
  const { view, log, facts, host, signingIndex } = state;
  const sealed = state.memory.proposal(view)?.sealed;
  if (sealed === undefined || log.votedView >= view || log.skipView >= view) return false;
  if (state.refused.has(toText(sealed.hash))) return false;
  const resolution = host.lanes.resolve(sealed.header.cut, facts.height);
  if (!resolution.ok && 'missing' in resolution) return state.want([], resolution.missing);
  const invalid = resolution.ok
    ? findInvalid(sealed, view, resolution.sizeBytes, facts, host.context)
    : resolution.invalid;
  if (invalid !== null) {
    state.refused.add(toText(sealed.hash));
    host.context.emit({ type: 'rejected', from: toText(facts.leader(view).publicKey), reason: invalid });
    return false;
  }
  if (signingIndex === undefined || !resolution.ok) return false;
  const ballot = state.statements.vote('vote', view, sealed.hash, signingIndex);
  log.recordVote(ballot, sealed, resolution.bundles);
  host.context.broadcast(ballot);
  state.count(ballot);
  return true;
}

/** COMMIT to the highest N unless this node has given its view up. */
function commit(state: RoundState): boolean {
  const { log, signingIndex } = state;
  const high = log.highNotarisation;
  if (high === null || log.skipView >= high.view || log.commits.has(high.view)) return false;
  if (signingIndex === undefined) return false;
  const ballot = state.statements.vote('commit', high.view, high.hash, signingIndex);
  log.recordCommit(ballot);
  state.host.context.broadcast(ballot);
  state.count(ballot);
  return true;
}

/** A C whose header and bundles are held makes the block final. */
function decide(state: RoundState): boolean {
  const certificate = state.commitCertificate;
  if (certificate === null) {
    const high = state.log.highNotarisation;
    if (high !== null && state.memory.header(high.hash) === undefined) state.want([high.hash]);
    return false;
  }
  const sealed = state.memory.header(certificate.hash);
  if (sealed === undefined) return state.want([certificate.hash]);
  const resolution = state.host.lanes.resolve(sealed.header.cut, state.facts.height);
  if (!resolution.ok && 'missing' in resolution) return state.want([], resolution.missing);
  if (!resolution.ok)
    throw new InvariantError(`a quorum certified a block that is invalid here: ${resolution.invalid}`);
  state.decision = { sealed, bundles: resolution.bundles, certificate };
  return true;
}

/** SKIP, once per view, names the highest N and carries it along. */
export function giveUp(state: RoundState, view: View): boolean {
  const { log, signingIndex } = state;
  if (signingIndex === undefined || log.skipView >= view) return false;
  const skip = state.statements.skip(view, log.highNotarisation, signingIndex);
  log.recordSkip(skip);
  state.host.context.broadcast(skip);
  state.countSkip(skip);
  return true;
}
