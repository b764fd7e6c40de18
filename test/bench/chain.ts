/** Makes a chain as a committee would: really signed, executed and encoded, without anybody's voting. */
import { hashCertificate } from '../../src-main/core/certificates.ts';
import { encodeCertificate, sealHeader, PROTOCOL_VERSION } from '../../src-main/core/encoding.ts';
import { LanePool } from '../../src-main/core/lanes.ts';
import type { SyncBlock } from '../../src-main/core/messages.ts';
import { leaderOf } from '../../src-main/core/quorum.ts';
import { hashSigningBytes } from '../../src-main/core/signing.ts';
import type { Hash } from '../../src-main/core/types.ts';
import { genesisState, Ledger } from '../../src-main/ledger/ledger.ts';
import { bundleOf, crypto, dataOf, type TestNetwork, transactionOf } from '../unit/core/builders.ts';

export interface MadeBlock {
  readonly block: SyncBlock;
  readonly hash: Hash;
  /** As stored. */
  readonly bytes: number;
}

/** Blocks 2 and following of a network whose members have equal stakes; in each, so many of them write something. */
export function makeChain(
  network: TestNetwork,
  { blocks, bundles: writers }: { readonly blocks: number; readonly bundles: number },
): MadeBlock[] {
  const { chainId, committee, genesis, keys } = network;
  const { state } = genesisState(genesis, chainId);
  const values = { value: () => undefined };
  const ledger = new Ledger({ state, chainId, parameters: genesis.parameters }, { crypto, values });
  const lanes = new LanePool(genesis.parameters);
  const chain: MadeBlock[] = [];
  let prev = chainId;
  for (let height = 2; height < blocks + 2; height++) {
    lanes.settle(state.members);
    for (const [index, key] of keys.slice(0, writers).entries()) {
      const { laneSeq, laneDigest } = state.members[index]!;
      const commands = [dataOf(`at ${height * 1.23456789}`, 'bench:catch-up:one')];
      lanes.add(
        bundleOf(chainId, key, laneSeq + 1, laneDigest, [transactionOf(`i-${index}-${height}`, ...commands)]),
      );
    }
    const cut = lanes.buildCut(height, genesis.parameters.maxBlockBytes);
    const resolution = lanes.resolve(cut, height);
    if (!resolution.ok) throw new Error('a cut of held bundles does not resolve');
    const leader = leaderOf(committee, height, 0, () => false);
    const fields = { version: PROTOCOL_VERSION, chainId, height, view: 0, proposer: leader.id, prev, cut };
    const hashes = { committeeHash: committee.hash, nextCommitteeHash: committee.hash };
    const sealed = sealHeader({ ...fields, ...hashes, stateHash: state.stateHash }, crypto);
    const signed = hashSigningBytes('commit', chainId, height, 0, sealed.hash);
    const quorum = Math.floor((2 * committee.size) / 3) + 1;
    const signatures = new Map(
      Array.from({ length: quorum }, (_, at) => {
        const index = (at + height) % committee.size;
        return [index, keys[committee.members[index]!.id]!.signer.sign(signed)] as const;
      }),
    );
    const certificate = hashCertificate('C', height, 0, sealed.hash, signatures);
    ledger.execute(sealed, resolution.bundles, committee);
    prev = sealed.hash;
    const encoded = resolution.bundles.map(({ bytes }) => bytes);
    const bytes = encoded.reduce((sum, one) => sum + one.length, 0);
    chain.push({
      block: { sealed, certificate, nextCommittee: null, bundles: encoded },
      hash: sealed.hash,
      bytes: sealed.bytes.length + encodeCertificate(certificate).length + bytes,
    });
  }
  return chain;
}
