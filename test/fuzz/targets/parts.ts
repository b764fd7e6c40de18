/** Everything that is encoded: decoding refuses with DecodeError, or gives what encodes to exactly these bytes. */
import fc from 'fast-check';
import { equalBytes } from '../../../src-main/core/bytes.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { decodeGenesis, encodeGenesis } from '../../../src-main/core/genesis.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import { decodeLedgerState, encodeLedgerState } from '../../../src-main/ledger/state.ts';
import { genesisBlock } from '../../../src-main/node/diva-node.ts';
import * as arbitrary from '../../unit/core/arbitraries.ts';
import {
  bundleOf,
  crypto,
  dataOf,
  headerOf,
  keyOf,
  networkOf,
  transactionOf,
} from '../../unit/core/builders.ts';
import { accepts, assert, type Target } from '../target.ts';

const network = networkOf();
const { chainId } = network;
const SAMPLE = { seed: 1, numRuns: 6 };

export const messageSeeds = (): Uint8Array[] =>
  Object.values(arbitrary.messages).flatMap((message) =>
    fc.sample(message, { seed: 1, numRuns: 2 }).map(encodeMessage),
  );

function part<T>(
  name: string,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  seeds: () => readonly Uint8Array[],
): Target {
  const run = (input: Uint8Array): void => {
    let encoded: Uint8Array | null = null;
    if (!accepts(() => (encoded = encode(decode(input))), encoding.DecodeError)) return;
    assert(encoded !== null && equalBytes(encoded, input), 'one encoding for one value');
  };
  return { name, run, seeds, maxBytes: 64 * 1024, testRuns: 1_000 };
}

export const partTargets: readonly Target[] = [
  part('message', (bytes) => decodeMessage(bytes, crypto), encodeMessage, messageSeeds),
  part(
    'header',
    (bytes) => encoding.decodeHeader(bytes, crypto).header,
    (header) => encoding.sealHeader(header, crypto).bytes,
    () => [
      headerOf(network).bytes,
      ...fc.sample(arbitrary.header, SAMPLE).map((one) => encoding.sealHeader(one, crypto).bytes),
    ],
  ),
  part('certificate', encoding.decodeCertificate, encoding.encodeCertificate, () =>
    fc.sample(arbitrary.certificate, SAMPLE).map(encoding.encodeCertificate),
  ),
  part(
    'bundle',
    (bytes) => encoding.decodeBundle(bytes, crypto).bundle,
    ({ signature, ...unsigned }) =>
      encoding.sealBundle(unsigned, encoding.encodeUnsignedBundle(unsigned), signature, crypto).bytes,
    () => [bundleOf(chainId, keyOf(1), 1, encoding.ZERO_HASH, [transactionOf('one', dataOf('x'))]).bytes],
  ),
  part('transaction', encoding.decodeTransaction, encoding.encodeTransaction, () =>
    Object.values(arbitrary.commands).flatMap((command) =>
      fc
        .sample(command, { seed: 1, numRuns: 2 })
        .map((one) => encoding.encodeTransaction(transactionOf('one', one))),
    ),
  ),
  part('genesis', decodeGenesis, encodeGenesis, () => [
    encodeGenesis(network.genesis),
    ...fc.sample(arbitrary.genesis, SAMPLE).map(encodeGenesis),
  ]),
  part('ledger-state', decodeLedgerState, encodeLedgerState, () => [
    genesisBlock(network.genesis, crypto).snapshot,
  ]),
];
