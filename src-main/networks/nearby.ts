/** Networks that machines nearby announce, as invitations without a ticket: whoever follows one is asked about. */
import { toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import type { HashText } from '../core/types.ts';
import { Browser } from '../network/discovery/browser.ts';
import type { NearbyNetwork } from '../network/discovery/browser.ts';
import type { Diagnosis } from '../network/discovery/diagnosis.ts';
import type { LinksPorts } from '../network/discovery/links.ts';
import { encodeInvitation, MAX_INVITED_HINTS, MAX_INVITED_PEERS, wordsOf } from './shared/invitation.ts';

export interface FoundNetwork {
  readonly id: HashText;
  readonly name: string;
  readonly memberCount: number;
  /** Six words that two people compare by voice. */
  readonly words: readonly string[];
  /** Without a ticket. */
  readonly link: string;
  /** Where its nodes are, `host:port`. */
  readonly addresses: readonly string[];
}

export interface Nearby {
  readonly networks: readonly FoundNetwork[];
  /** Why there are none, after ten seconds of nothing. */
  readonly diagnosis: Diagnosis | null;
}

export class NearbyNetworks {
  readonly #browser: Browser;
  readonly #crypto: Crypto;

  constructor(ports: LinksPorts & { readonly crypto: Crypto }, changed: () => void) {
    this.#crypto = ports.crypto;
    this.#browser = new Browser(ports, changed);
  }

  look(): Nearby {
    return {
      networks: this.#browser.networks().flatMap((network) => this.#found(network)),
      diagnosis: this.#browser.diagnosis(),
    };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  #found({ chainId, networkName, memberCount, checkpoint, nodes }: NearbyNetwork): FoundNetwork[] {
    const crypto = this.#crypto;
    const peers = nodes
      .filter(({ publicKey }) => crypto.isPublicKey(publicKey))
      .slice(0, MAX_INVITED_PEERS)
      .map((one) => ({ ...one, addressHints: one.addressHints.slice(0, MAX_INVITED_HINTS) }));
    if (peers.length === 0) return [];
    const content = { chainId, networkName, transport: 'udp', peers, checkpoint, ticket: null } as const;
    return [
      {
        id: toText(chainId),
        name: networkName,
        memberCount,
        words: wordsOf(chainId, crypto),
        link: encodeInvitation(content, crypto),
        addresses: peers.flatMap(({ addressHints }) => addressHints),
      },
    ];
  }
}
