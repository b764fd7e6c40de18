/** Other machines: where they reach the own node, and which networks are announced nearby. */
import { Type, type Static } from 'typebox';
import { Count, DisplayName, NetworkId, Nullable, Record, Word } from './primitives.ts';

const InterfaceName = Type.String({ minLength: 1, maxLength: 256 });
const Hosts = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 8 });
/** `host:port` or `[host]:port`. */
const Addresses = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 });

/** cable-or-wifi: the system does not say which. */
export const InterfaceKind = Word(
  ...['loopback', 'wifi', 'cable', 'cable-or-wifi', 'vpn', 'mobile', 'bluetooth', 'virtual'],
);

export const ReachInterface = Record({
  /** As the system calls it. */
  name: InterfaceName,
  kind: InterfaceKind,
  /** Its addresses; none: it is agreed to and not there. */
  hosts: Hosts,
  /** Its owner agreed that other machines reach the node here. */
  isAllowed: Type.Boolean(),
  /** It is agreed to, and the node cannot listen there. */
  isBlocked: Type.Boolean(),
});
export type ReachInterface = Static<typeof ReachInterface>;

/** How other machines reach the own node. */
export const Reach = Record({
  interfaces: Type.Array(ReachInterface, { maxItems: 64 }),
  /** Whether machines nearby see the network and its name. */
  announce: Type.Boolean(),
  /** What members are told; loopback where only this machine reaches it. */
  addresses: Addresses,
  /**
   * Why no other machine reaches it. no-network: this machine is in none (flight mode). not-allowed: its owner agreed
   * to no interface. other-interface: none of those agreed to is there, but others are. port-taken: another program has
   * the port. cannot-listen: the system refuses.
   */
  problem: Nullable(Word('no-network', 'not-allowed', 'other-interface', 'port-taken', 'cannot-listen')),
});
export type Reach = Static<typeof Reach>;

/** What the owner agrees to, for the open network: these interfaces and no others. */
export const SetReachRequest = Record({
  interfaces: Type.Array(InterfaceName, { maxItems: 32 }),
  announce: Type.Boolean(),
});

/** The interfaces of this machine, for agreeing before a network is open. */
export const InterfaceList = Record({
  interfaces: Type.Array(Record({ name: InterfaceName, kind: InterfaceKind, hosts: Hosts }), {
    maxItems: 32,
  }),
});

export const NearbyNetwork = Record({
  id: NetworkId,
  name: DisplayName,
  memberCount: Count,
  /** To be compared by voice. */
  words: Type.Array(Type.String({ pattern: '^[a-z]{3,8}$' }), { minItems: 6, maxItems: 6 }),
  /** An invitation without a ticket: for `readInvitation` and joining. */
  link: Type.String({ minLength: 1, maxLength: 4096 }),
  addresses: Addresses,
});

export const LinkEvidence = Record({
  name: InterfaceName,
  kind: InterfaceKind,
  hosts: Hosts,
  /** What this machine sent itself came back. */
  heardSelf: Type.Boolean(),
  /** Somebody else was heard, whatever he was talking about. */
  heardOthers: Type.Boolean(),
  /** The system lets no program listen here. */
  isRefused: Type.Boolean(),
});

/**
 * Why nothing is found, from what was and was not heard. no-interface: this machine is in no network. refused: the
 * system lets no program listen. firewall (suspected): not even the own words came back. isolation (suspected):
 * nothing but the own words, which is so where nobody else is, and where an access point keeps its guests apart.
 * nobody: others are heard, and announce no network.
 */
export const Diagnosis = Record({
  code: Word('no-interface', 'refused', 'firewall', 'isolation', 'nobody'),
  hasInterface: Type.Boolean(),
  links: Type.Array(LinkEvidence, { maxItems: 32 }),
});
export type Diagnosis = Static<typeof Diagnosis>;

/** Looked for while a window subscribes to it. */
export const Nearby = Record({
  networks: Type.Array(NearbyNetwork, { maxItems: 32 }),
  /** After ten seconds of nothing. */
  diagnosis: Nullable(Diagnosis),
});
export type Nearby = Static<typeof Nearby>;
