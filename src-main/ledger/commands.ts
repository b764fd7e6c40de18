/** What each command does. A bad one gets a result with its reason and has no effect. */
import { equalBytes, toText, utf8 } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { areConflicting } from '../core/evidence.ts';
import { isQuorumStake } from '../core/quorum.ts';
import { verifyJoin, verifyStatement } from '../core/signing.ts';
import type { Command, ConsensusParameters, Hash, Height } from '../core/types.ts';
import { laneKey, laneTipOf } from './departed-lanes.ts';
import { evidenceKey, evidenceValue } from './evidence-value.ts';
import { isReserved, TAKEN_PREFIX } from './own-keys.ts';
import { applyVote, castVote, dismiss, drain } from './stake.ts';
import type { LedgerMember, LedgerState } from './state.ts';
import { memberByKey, memberById, newMember, READY_WINDOW, sponsorRefusal, totalStake } from './state.ts';
import type { CommandResult, RejectionReason } from './types.ts';

const NAMESPACE_PATTERN = /^([A-Za-z_-]{4,15}:){1,4}[A-Za-z0-9_-]{1,64}$/;
const VOTE_IDENT_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;
export const MAX_VALUE_CHARACTERS = 8192;
const MAX_OPEN_DECISIONS = 32;

export interface CommandContext {
  readonly state: LedgerState;
  readonly crypto: Crypto;
  readonly chainId: Hash;
  readonly parameters: ConsensusParameters;
  readonly height: Height;
  readonly member: LedgerMember;
  readonly ident: string;
  /** Writes a value of the state; null ends the key. */
  readonly write: (key: string, value: string | null) => void;
  /** A value that the ledger itself wrote, in this block or before. */
  readonly read: (key: string) => string | undefined;
}

type Outcome = 'applied' | 'noted' | 'unchanged' | RejectionReason;
const OUTCOMES: ReadonlySet<string> = new Set(['applied', 'noted', 'unchanged']);

export function executeCommand(context: CommandContext, command: Command): CommandResult {
  const outcome = dispatch(context, command);
  const { kind } = command;
  return OUTCOMES.has(outcome)
    ? { outcome: outcome as 'applied', kind }
    : { outcome: 'rejected', kind, reason: outcome as RejectionReason };
}

function dispatch(context: CommandContext, command: Command): Outcome {
  switch (command.kind) {
    case 'data':
      return data(context, command);
    case 'decision':
      return decision(context, command);
    case 'addPeer':
      return addPeer(context, command);
    case 'removePeer':
      return removePeer(context, command);
    case 'modifyStake':
      return modifyStake(context, command);
    case 'ready':
      return ready(context, command);
    case 'evidence':
      return evidence(context, command);
  }
}

function checkValue(ns: string, d: string): RejectionReason | undefined {
  if (isReserved(ns) || !NAMESPACE_PATTERN.test(ns)) return 'invalid-namespace';
  return d.length > MAX_VALUE_CHARACTERS ? 'invalid-value' : undefined;
}

function data(context: CommandContext, { ns, d }: Command & { kind: 'data' }): Outcome {
  const reason = checkValue(ns, d);
  if (reason !== undefined) return reason;
  context.write(`${ns}:${toText(context.member.publicKey)}`, d);
  return 'applied';
}

function decision(context: CommandContext, { ns, h, d }: Command & { kind: 'decision' }): Outcome {
  const { state, member, height } = context;
  const reason = checkValue(ns, d);
  if (reason !== undefined) return reason;
  if (member.stake === 0) return 'no-stake';
  if (height >= h) return 'decision-expired';
  if (context.read(TAKEN_PREFIX + ns) !== undefined) return 'decision-taken';
  const valueHash = context.crypto.hash(utf8(d));
  let vote = state.decisions.find(
    (open) => open.ns === ns && open.h === h && equalBytes(open.valueHash, valueHash),
  );
  if (vote?.voters.includes(member.id)) return 'unchanged';
  if (state.decisions.filter((open) => open.voters.includes(member.id)).length >= MAX_OPEN_DECISIONS) {
    return 'too-many-votes';
  }
  if (vote === undefined) {
    vote = { ns, h, valueHash, voters: [] };
    state.decisions.push(vote);
  }
  vote.voters.push(member.id);
  let stake = 0;
  for (const id of vote.voters) stake += memberById(state, id)?.stake ?? 0;
  if (!isQuorumStake(stake, totalStake(state))) return 'noted';
  state.decisions = state.decisions.filter((open) => open.ns !== ns);
  context.write(ns, d);
  context.write(TAKEN_PREFIX + ns, d);
  return 'applied';
}

function addPeer(context: CommandContext, { join }: Command & { kind: 'addPeer' }): Outcome {
  const { state, member: sponsor, height, parameters } = context;
  if (sponsor.stake === 0) return 'no-stake';
  if (memberByKey(state, toText(join.publicKey)) !== undefined) return 'unchanged';
  if (join.expiryHeight < height) return 'join-expired';
  const refusal = sponsorRefusal(state, sponsor, height, parameters);
  if (refusal !== null) return refusal;
  if (!verifyJoin(context.crypto, context.chainId, join)) return 'join-signature';
  sponsor.lastSponsoredAt = height;
  admit(context, join.publicKey, sponsor.id);
  return 'applied';
}

function admit(context: CommandContext, publicKey: Uint8Array, sponsor: number): void {
  const { state } = context;
  const left = context.read(laneKey(publicKey));
  if (left !== undefined) context.write(laneKey(publicKey), null);
  const newcomer = { id: state.nextMemberId++, publicKey, stake: 0, sponsor, raised: false };
  state.members.push(newMember(newcomer, { punishedAt: context.height, ...laneTipOf(left) }));
  context.write(`peer:${toText(publicKey)}`, '0');
}

function removePeer(context: CommandContext, { publicKey }: Command & { kind: 'removePeer' }): Outcome {
  const { state, member, height } = context;
  const target = memberByKey(state, toText(publicKey));
  if (target === undefined || target.leaving) return 'unchanged';
  if (target.stake > 0 && target.stake === totalStake(state)) return 'last-stake';
  if (target.id === member.id) {
    dismiss(state, target);
    return 'applied';
  }
  return castVote(state, member, { remove: true, target: target.id, delta: 0, ident: '' }, height);
}

function modifyStake(context: CommandContext, command: Command & { kind: 'modifyStake' }): Outcome {
  const { state, member, height } = context;
  const target = memberByKey(state, toText(command.publicKey));
  if (target === undefined) return 'not-a-member';
  if (command.delta === 0) return 'unchanged';
  if (!VOTE_IDENT_PATTERN.test(command.ident)) return 'invalid-value';
  const { ident, delta } = command;
  return castVote(state, member, { remove: false, target: target.id, delta, ident }, height);
}

function ready(context: CommandContext, command: Command & { kind: 'ready' }): Outcome {
  const { state, member, height } = context;
  if (height - command.height > READY_WINDOW) return 'not-ready';
  const newest = state.recentHashes.length - 1;
  const hash = state.recentHashes[newest - (state.height - command.height)];
  if (hash === undefined || !equalBytes(hash, command.blockHash)) return 'not-ready';
  member.readyHeight = Math.max(member.readyHeight, command.height);
  for (const vote of state.stakeVotes.filter((open) => open.target === member.id))
    applyVote(state, vote, height);
  return 'noted';
}

function evidence(context: CommandContext, { first, second }: Command & { kind: 'evidence' }): Outcome {
  const { state, crypto, chainId, height } = context;
  const culprit = memberByKey(state, toText(first.signer));
  if (culprit === undefined) return 'not-a-member';
  if (!areConflicting(first, second) || first.height > height + 2) return 'evidence-invalid';
  if (first.height <= culprit.punishedAt) return 'evidence-stale';
  if (!verifyStatement(crypto, chainId, first) || !verifyStatement(crypto, chainId, second))
    return 'evidence-invalid';
  culprit.punishedAt = height;
  // What it still signed at the next height, before the new committee decides, is not why it lost its stake.
  if (culprit.stake > 0) context.write(evidenceKey(toText(first.signer)), evidenceValue(first, second));
  drain(state, culprit);
  return 'applied';
}
