/** How far a node is on its way to be a member, as its own chain and the answers of others say. */
import { equalBytes, fromText } from '../../core/bytes.ts';
import type { PublishEffect } from '../../core/effects.ts';
import type { Admission } from '../../core/messages.ts';
import type { Hash, Height } from '../../core/types.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import type { NodeFacade, NodeSnapshot } from '../../node/facade.ts';
import { NetworkError } from '../errors.ts';
import { systemClock } from '../system.ts';
import type { Work } from '../work.ts';
import { decodeInvitation } from './invitation.ts';
import type { Invitation } from './invitation.ts';
import { JOIN_STAGES, throwRefusal } from './joining.ts';
import type { JoinStage } from './joining.ts';

/** Nobody was heard for so long: their machines are off, or the network between is. */
const LONGEST_REACH_MS = 120_000;

/** How far the own node is on its way; null: it has arrived. */
export function stageOf(
  { members, membership, syncTarget, isVoting }: NodeSnapshot,
  admission: Admission | null,
  raises: boolean,
): JoinStage | null {
  const self = members.find(({ isSelf }) => isSelf);
  if (membership !== 'member' || self === undefined) {
    if (admission === null) return 'session';
    if (admission.decision === 'member') return 'catchUp';
    return admission.decision === 'accepted' ? 'addPeer' : 'request';
  }
  if (syncTarget !== null && self.stake === 0) return 'catchUp';
  if (!self.isReady && self.stake === 0) return 'ready';
  if (!raises && self.stake === 0) return null;
  if (self.stake === 0) return 'stake';
  return isVoting ? null : 'member';
}

export interface JourneyOptions {
  /** Whether members raise newcomers by themselves there. */
  readonly raises: boolean;
  /** What was gone through before there was a node. */
  readonly from?: JoinStage;
  readonly changed: () => void;
}

export class Journey {
  readonly #node: NodeFacade;
  readonly #options: JourneyOptions;
  readonly #checkpoint: Invitation['checkpoint'];
  readonly #unsubscribe: () => void;
  readonly #cancelTimer: () => void;
  #admission: Admission | null = null;
  #failure: NetworkError | null = null;
  #furthest: number;
  #isTooLate = false;

  constructor(node: NodeFacade, link: string, options: JourneyOptions) {
    this.#node = node;
    this.#options = options;
    this.#furthest = Math.max(0, JOIN_STAGES.indexOf(options.from ?? 'reach'));
    this.#checkpoint = decodeInvitation(link, sodiumCrypto).checkpoint;
    this.#unsubscribe = node.subscribe((event) => this.#onEvent(event));
    this.#cancelTimer = systemClock.schedule(LONGEST_REACH_MS, () => {
      this.#isTooLate = true;
      options.changed();
    });
    const { height } = this.#checkpoint;
    const held = height === 1 ? fromText(node.chainId) : node.reader.block(height)?.hash;
    if (held !== undefined) this.#check(height, held);
  }

  /** Enters the stage that it is in; it never goes back. True: it has arrived. @throws NetworkError */
  look(work: Work): boolean {
    if (this.#failure !== null) throw this.#failure;
    const snapshot = this.#node.snapshot();
    const isConnected = snapshot.links > 0;
    if (!isConnected && this.#isTooLate && this.#furthest === 0)
      throw new NetworkError('peers-unreachable', 'nobody whom the invitation names answers');
    const stage = stageOf(snapshot, this.#admission, this.#options.raises);
    if (stage === null) return true;
    if (!isConnected && this.#furthest === 0) return false;
    this.#furthest = Math.max(this.#furthest, JOIN_STAGES.indexOf(stage));
    const furthest = JOIN_STAGES[this.#furthest]!;
    if (furthest !== 'catchUp') work.stage(furthest);
    else
      work.stage(furthest, snapshot.height, Math.max(snapshot.syncTarget ?? 0, this.#admission?.height ?? 0));
    return false;
  }

  close(): void {
    this.#cancelTimer();
    this.#unsubscribe();
  }

  #onEvent(event: PublishEffect): void {
    if (event.type === 'committed') this.#check(event.height, event.hash);
    else if (event.type === 'admission') this.#onAdmission(event.admission);
    else return;
    this.#options.changed();
  }

  /** A member that was asked meanwhile may know less than the one that let us in. */
  #onAdmission(admission: Admission): void {
    if (this.#admission?.decision === 'member') return;
    try {
      throwRefusal(admission);
      this.#admission = admission;
    } catch (error) {
      this.#failure = error as NetworkError;
    }
  }

  /**
   * The chain must hold the block that the invitation names: keys of members who left long ago could forge another
   * past. Thrown at the node, it signs nothing more.
   */
  #check(height: Height, hash: Hash): void {
    if (height !== this.#checkpoint.height || equalBytes(hash, this.#checkpoint.hash)) return;
    const message = `block ${height} is not the one that the invitation names: this is another network`;
    this.#failure = new NetworkError('invitation-other-network', message);
    this.#options.changed();
    throw this.#failure;
  }
}
