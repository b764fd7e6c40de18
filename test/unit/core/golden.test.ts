/**
 * The bytes of the protocol. A difference here is a change of the protocol: nodes of two versions would not
 * understand each other, and old signatures and proofs would become invalid. Only where that is meant, write them
 * anew and explain it in the commit:
 *
 *   UPDATE_GOLDEN=1 npx vitest run test/unit/core/golden.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toText, utf8 } from '../../../src-main/core/bytes.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import * as signing from '../../../src-main/core/signing.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { genesisState } from '../../../src-main/ledger/ledger.ts';
import { decodeLedgerState, encodeLedgerState } from '../../../src-main/ledger/state.ts';
import { LedgerBench } from '../ledger/ledger-bench.ts';
import * as build from './builders.ts';

const FILE = path.resolve(import.meta.dirname, '../../golden/wire.txt');
const { crypto, hashOf, keyOf } = build;
const network = build.networkOf([3, 2, 2, 1]);
const { chainId, committee, genesis } = network;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const commands: readonly Command[] = [
  build.dataOf('a value, ü€😀'),
  { kind: 'decision', ns: 'test:choice', h: 77, d: 'yes' },
  { kind: 'addPeer', join: build.joinOf(chainId, keyOf(9), 500) },
  { kind: 'removePeer', publicKey: keyOf(3).publicKey },
  { kind: 'modifyStake', publicKey: keyOf(2).publicKey, ident: 'raise-2', delta: 5 },
  { kind: 'modifyStake', publicKey: keyOf(2).publicKey, ident: 'lower-2', delta: -(2 ** 40) },
  { kind: 'ready', height: 6, blockHash: hashOf(6) },
  {
    kind: 'evidence',
    first: build.statementBy(chainId, keyOf(1), 'skip', 5, 3, -1),
    second: build.statementBy(chainId, keyOf(1), 'commit', 5, 2, hashOf(8)),
  },
  {
    kind: 'evidence',
    first: build.statementBy(chainId, keyOf(1), 'propose', 5, 3, hashOf(1)),
    second: build.statementBy(chainId, keyOf(1), 'propose', 5, 3, hashOf(2)),
  },
];
const bundle = build.bundleOf(chainId, keyOf(0), 4, hashOf(3), [
  ...commands.map((command, index) => build.transactionOf(`tx-${index}`, command)),
  build.transactionOf('all', ...commands),
]);
const header = build.headerOf(network, {
  height: 12,
  view: 1,
  proposer: 2,
  prev: hashOf(11),
  stateHash: hashOf(12),
  cut: [
    { origin: 0, toSeq: 4, tipDigest: bundle.digest },
    { origin: 3, toSeq: 9, tipDigest: hashOf(9) },
  ],
});
const notarisation = build.certificateOf(network, 'N', 1, header.hash, [0, 1, 2], 12);
const commit = build.certificateOf(network, 'C', 1, header.hash, [0, 1, 3], 12);
const skip = build.skipCertificateOf(network, 2, [-1, 0, 1], [0, 1, 2], 12);
const instance = (key: number) => {
  const nonce = new Uint8Array(16).fill(40 + key);
  return { nonce, signature: keyOf(key).signer.sign(signing.instanceSigningBytes(chainId, nonce)) };
};
const hints = { publicKey: keyOf(1).publicKey, sequence: 3, addressHints: ['127.0.0.1:9000', '[::1]:9000'] };
const address = {
  ...hints,
  signature: keyOf(1).signer.sign(signing.addressSigningBytes(chainId, hints)),
};
const proposal = signing.hashSigningBytes('propose', chainId, 12, 3, header.hash);

const messages: Readonly<Record<string, Message>> = {
  bundle: { type: 'bundle', bytes: bundle.bytes },
  propose: {
    type: 'propose',
    propose: {
      height: 12,
      view: 3,
      sealed: header,
      signature: keyOf(2).signer.sign(proposal),
      skipCertificate: skip,
      notarisation,
    },
  },
  vote: build.voteOf(network, 'vote', 0, 1, header.hash, 12),
  commit: build.voteOf(network, 'commit', 3, 1, header.hash, 12),
  skip: build.skipOf(network, 1, 2, 1, notarisation, 12),
  'skip of none': build.skipOf(network, 1, 2, -1, null, 12),
  'certificate N': { type: 'certificate', certificate: notarisation, sealed: header, notarisation: null },
  'certificate C': { type: 'certificate', certificate: commit, sealed: header, notarisation: null },
  'certificate S': { type: 'certificate', certificate: skip, sealed: null, notarisation },
  status: {
    type: 'status',
    height: 12,
    tipHash: hashOf(11),
    view: 2,
    votes: encoding.bitmapOf([0, 1]),
    commits: encoding.bitmapOf([3]),
    skips: encoding.bitmapOf([]),
    highNotarisedView: 1,
    hasHeader: true,
    laneTips: [{ origin: 0, seq: 4, digest: bundle.digest }],
    instance: instance(0),
    echoes: [instance(1)],
  },
  pull: {
    type: 'pull',
    lanes: [{ origin: keyOf(0).publicKey, fromSeq: 3, tipDigest: bundle.digest }],
    headers: [header.hash],
  },
  syncRequest: { type: 'syncRequest', fromHeight: 2, maxBytes: 262_144 },
  syncResponse: {
    type: 'syncResponse',
    blocks: [
      { sealed: header, certificate: commit, nextCommittee: committee.members, bundles: [bundle.bytes] },
    ],
  },
  join: { type: 'join', join: build.joinOf(chainId, keyOf(9), 500), application: null },
  application: {
    type: 'join',
    join: build.joinOf(chainId, keyOf(9), 500),
    application: { displayName: 'Åsa', ticket: build.ticketOf(chainId, keyOf(0)), wantsGenesis: true },
  },
  admission: {
    type: 'admission',
    admission: {
      decision: 'refused',
      reason: 'join-expired',
      height: 7,
      raises: true,
      genesis: new Uint8Array([1, 2]),
    },
  },
  address: { type: 'address', record: address },
};

/** Three blocks with every kind of result in them. */
function shortChain(): LedgerBench {
  const bench = new LedgerBench([3, 2, 2, 1]);
  bench.block([0, ...commands.slice(0, 5)], [1, build.dataOf('other')]);
  bench.execute([bench.bundle(2, commands[4]!), bench.bundle(1, commands[4]!)], 2);
  bench.block([3, { kind: 'removePeer', publicKey: keyOf(3).publicKey }]);
  return bench;
}

function golden(): Map<string, string> {
  const chain = shortChain();
  const unsigned = utf8('(unsigned fields)');
  const statement = ['propose', 'vote', 'commit'] as const;
  return new Map<string, string>([
    ['genesis', hex(encodeGenesis(genesis))],
    ['genesis chain id', hex(chainId)],
    ['genesis snapshot', hex(encodeLedgerState(genesisState(genesis, chainId).state))],
    ['committee members', hex(encoding.encodeMembers(committee.members))],
    ['committee hash', hex(committee.hash)],
    ...commands.map((command, index): [string, string] => [
      `transaction ${index} ${command.kind}`,
      hex(encoding.encodeTransaction(build.transactionOf(`tx-${index}`, command))),
    ]),
    ['bundle', hex(bundle.bytes)],
    ['bundle digest', hex(bundle.digest)],
    ['header', hex(header.bytes)],
    ['header hash', hex(header.hash)],
    ['certificate N', hex(encoding.encodeCertificate(notarisation))],
    ['certificate C', hex(encoding.encodeCertificate(commit))],
    ['certificate S', hex(encoding.encodeCertificate(skip))],
    ['signed bundle', hex(signing.bundleSigningBytes(chainId, unsigned))],
    ...statement.map((kind): [string, string] => [
      `signed ${kind}`,
      hex(signing.hashSigningBytes(kind, chainId, 12, 258, hashOf(5))),
    ]),
    ['signed skip', hex(signing.skipSigningBytes(chainId, 12, 258, 3))],
    ['signed skip of none', hex(signing.skipSigningBytes(chainId, 12, 258, -1))],
    ['signed join', hex(signing.joinSigningBytes(chainId, keyOf(9).publicKey, 500))],
    ['signed address', hex(signing.addressSigningBytes(chainId, hints))],
    ['signed instance', hex(signing.instanceSigningBytes(chainId, new Uint8Array(16).fill(40)))],
    ...Object.entries(messages).map(([name, message]): [string, string] => [
      `message ${name}`,
      hex(encodeMessage(message)),
    ]),
    ['ledger snapshot', hex(encodeLedgerState(chain.state))],
    ['ledger state hash', hex(chain.state.stateHash)],
  ]);
}

function stored(): Map<string, string> {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const pairs = lines.flatMap((line) => {
    const at = line.lastIndexOf(': ');
    return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 2)] as const];
  });
  return new Map(pairs);
}

const produced = golden();
if (process.env['UPDATE_GOLDEN'] === '1') {
  const lines = [...produced].map(([name, bytes]) => `${name}: ${bytes}`);
  writeFileSync(
    FILE,
    ['# The bytes of the protocol; see test/unit/core/golden.test.ts.', ...lines, ''].join('\n'),
  );
}
const expected = stored();

describe('the bytes of the protocol', () => {
  it.each([...expected.keys()])('are what they were: %s', (name) => {
    expect(produced.get(name)).toBe(expected.get(name));
  });

  it('are all written down', () => {
    expect([...produced.keys()]).toEqual([...expected.keys()]);
  });

  it.each(Object.entries(messages))('read back as what they say: %s', (name, message) => {
    const bytes = Buffer.from(expected.get(`message ${name}`)!, 'hex');
    expect(decodeMessage(new Uint8Array(bytes), crypto)).toEqual(message);
  });

  it('have a tag of their own per kind of signature', () => {
    const tags = [...expected]
      .filter(([name]) => name.startsWith('signed '))
      .map(([, bytes]) => bytes.slice(0, 16));
    expect(new Set(tags).size).toBe(8);
    for (const tag of tags) expect(Buffer.from(tag, 'hex').toString()).toMatch(/^DIVA:[A-Z]{3}$/);
  });

  it('of a snapshot read back as the state', () => {
    const bytes = new Uint8Array(Buffer.from(expected.get('ledger snapshot')!, 'hex'));
    const state = decodeLedgerState(bytes);
    expect(state).toEqual(shortChain().state);
    expect(toText(state.stateHash)).toHaveLength(43);
  });
});
