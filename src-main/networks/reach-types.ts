/** How a node of a network over several machines can be reached, for those who show it and decide about it. */
import type { InterfaceKind } from '../network/interfaces.ts';

/** One interface of this machine, and what it is used for. */
export interface ReachInterface {
  readonly name: string;
  readonly kind: InterfaceKind;
  /** Without zones. */
  readonly hosts: readonly string[];
  /** The owner agreed to it; one that is agreed to and not there has no hosts. */
  readonly isAllowed: boolean;
  /** It is agreed to, and none of its addresses could be bound. */
  readonly isBlocked: boolean;
}

/**
 * Why nobody else can reach this node. no-network: no interface has an address (flight mode). not-allowed: its owner
 * agreed to none. other-interface: none of those agreed to is there, but others are. port-taken: another program has
 * the port on all that are agreed to. cannot-listen: the system refuses all that are agreed to.
 */
export type ReachProblem = 'no-network' | 'not-allowed' | 'other-interface' | 'port-taken' | 'cannot-listen';

export interface ReachStatus {
  readonly interfaces: readonly ReachInterface[];
  readonly announce: boolean;
  /** Where other machines find it, `host:port`. */
  readonly addresses: readonly string[];
  readonly problem: ReachProblem | null;
}

/** What the owner agrees to. */
export interface ReachConsent {
  /** Names of interfaces. Empty: this machine alone. */
  readonly interfaces: readonly string[];
  /** Whether machines nearby may see that this network is here, and its name. */
  readonly announce: boolean;
}

export interface NodeReach {
  status(): ReachStatus;
  /** Durable, and in force when it resolves. Sessions over other interfaces go on. */
  setConsent(consent: ReachConsent): Promise<void>;
  /** Called whenever `status()` may say something else. */
  subscribe(listener: () => void): () => void;
}
