/** Random values of everything that is encoded, for fast-check. */
import fc from 'fast-check';
import { toText } from '../../../src-main/core/bytes.ts';
import { MAX_STAKE, sealHeader, ZERO_HASH } from '../../../src-main/core/encoding.ts';
import { ADMISSION_DECISIONS, ADMISSION_REASONS } from '../../../src-main/core/messages.ts';
import type { Application, Message } from '../../../src-main/core/messages.ts';
import type {
  Certificate,
  Command,
  Genesis,
  Header,
  Member,
  SignedStatement,
  Transaction,
} from '../../../src-main/core/types.ts';
import { crypto } from './builders.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hash = bytes(32);
const signature = bytes(64);
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const height = u32;
const view = fc.integer({ min: 0, max: 2 ** 32 - 2 });
/** -1 is "none". */
const hn = fc.integer({ min: -1, max: 2 ** 32 - 2 });
const ident = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
/** Whole characters only: an unpaired surrogate has no encoding of its own. */
const value = fc.string({ unit: 'grapheme', maxLength: 40 });

const statement: fc.Arbitrary<SignedStatement> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('propose' as const, 'vote' as const, 'commit' as const),
    signer: hash,
    height,
    view,
    hash,
    signature,
  }),
  fc.record({ kind: fc.constant('skip' as const), signer: hash, height, view, hn, signature }),
);

const join = fc.record({ publicKey: hash, expiryHeight: height, signature });

export const commands: Record<Command['kind'], fc.Arbitrary<Command>> = {
  data: fc.record({ kind: fc.constant('data' as const), ns: value, d: value }),
  decision: fc.record({ kind: fc.constant('decision' as const), ns: value, h: height, d: value }),
  addPeer: fc.record({ kind: fc.constant('addPeer' as const), join }),
  removePeer: fc.record({ kind: fc.constant('removePeer' as const), publicKey: hash }),
  modifyStake: fc.record({
    kind: fc.constant('modifyStake' as const),
    publicKey: hash,
    ident,
    delta: fc.integer({ min: -MAX_STAKE, max: MAX_STAKE }),
  }),
  ready: fc.record({ kind: fc.constant('ready' as const), height, blockHash: hash }),
  evidence: fc.record({ kind: fc.constant('evidence' as const), first: statement, second: statement }),
};

export const transaction: fc.Arbitrary<Transaction> = fc.record({
  ident,
  commands: fc.array(fc.oneof(...Object.values(commands)), { minLength: 1, maxLength: 4 }),
});

export const unsignedBundle = fc.record({
  origin: hash,
  seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  prev: hash,
  transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }),
});

const cutEntry = fc.record({ origin: u32, toSeq: u32, tipDigest: hash });

export const header: fc.Arbitrary<Header> = fc.record({
  version: fc.integer({ min: 0, max: 255 }),
  chainId: hash,
  height,
  view: u32,
  proposer: u32,
  prev: hash,
  committeeHash: hash,
  nextCommitteeHash: hash,
  stateHash: hash,
  cut: fc.array(cutEntry, { maxLength: 5 }),
});

const signers = fc
  .uniqueArray(fc.integer({ min: 0, max: 127 }), { maxLength: 6 })
  .map((indices) => indices.sort((a, b) => a - b));

export const certificate: fc.Arbitrary<Certificate> = signers.chain((indices) =>
  fc
    .record({
      kind: fc.constantFrom('N' as const, 'C' as const, 'S' as const),
      height,
      view: u32,
      hash,
      hn: fc.array(hn, { minLength: indices.length, maxLength: indices.length }),
      signatures: fc.array(signature, { minLength: indices.length, maxLength: indices.length }),
    })
    .map((fields) => ({
      ...fields,
      signers: indices,
      hash: fields.kind === 'S' ? ZERO_HASH : fields.hash,
      hn: fields.kind === 'S' ? fields.hn : [],
    })),
);

const stake = fc.integer({ min: 0, max: MAX_STAKE });

export const members: fc.Arbitrary<Member[]> = fc.array(fc.record({ id: u32, publicKey: hash, stake }), {
  maxLength: 4,
});

export const genesis: fc.Arbitrary<Genesis> = fc.record({
  version: fc.integer({ min: 0, max: 255 }),
  name: value.filter((text) => Buffer.byteLength(text) <= 128),
  salt: hash,
  parameters: fc.record({
    laneWindow: fc.integer({ min: 1, max: 8 }),
    demotionHeights: fc.integer({ min: 1, max: 2 ** 20 }),
    maxBlockBytes: fc.integer({ min: 32 * 1024, max: 1024 * 1024 }),
    maxBundleBytes: fc.integer({ min: 4 * 1024, max: 32 * 1024 }),
    maxSponsored: fc.integer({ min: 0, max: 255 }),
    sponsorIntervalHeights: u32,
  }),
  members: fc.uniqueArray(fc.record({ publicKey: hash, stake: fc.integer({ min: 1, max: 2 ** 48 - 1 }) }), {
    minLength: 1,
    maxLength: 4,
    selector: ({ publicKey }) => toText(publicKey),
  }),
});

const sealed = header.map((fields) => sealHeader(fields, crypto));
const maybe = <T>(inner: fc.Arbitrary<T>) => fc.option(inner, { nil: null });
const instance = fc.record({ nonce: bytes(16), signature });
const someBytes = fc.uint8Array({ maxLength: 100 });

const application: fc.Arbitrary<Application> = fc.record({
  displayName: fc.string({ maxLength: 64 }),
  ticket: fc.option(
    fc.record({
      id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      kind: fc.constantFrom('one-time' as const, 'reusable' as const),
      expiryHeight: u32,
      issuer: hash,
      signature,
    }),
  ),
  wantsGenesis: fc.boolean(),
});

function ballot<T extends 'vote' | 'commit'>(type: T): fc.Arbitrary<Message> {
  const index = fc.integer({ min: 0, max: 255 });
  return fc.record({ type: fc.constant(type), height, view, blockHash: hash, index, signature });
}

export const messages: Record<Message['type'], fc.Arbitrary<Message>> = {
  bundle: fc.record({ type: fc.constant('bundle' as const), bytes: someBytes }),
  propose: fc.record({
    type: fc.constant('propose' as const),
    propose: fc.record({
      height,
      view,
      sealed,
      signature,
      skipCertificate: maybe(certificate),
      notarisation: maybe(certificate),
    }),
  }),
  vote: ballot('vote'),
  commit: ballot('commit'),
  skip: fc.record({
    type: fc.constant('skip' as const),
    height,
    view,
    hn,
    index: fc.integer({ min: 0, max: 255 }),
    signature,
    notarisation: maybe(certificate),
  }),
  certificate: fc.record({
    type: fc.constant('certificate' as const),
    certificate,
    sealed: maybe(sealed),
    notarisation: maybe(certificate),
  }),
  status: fc.record({
    type: fc.constant('status' as const),
    height,
    tipHash: hash,
    view: u32,
    votes: bytes(16),
    commits: bytes(16),
    skips: bytes(16),
    highNotarisedView: hn,
    hasHeader: fc.boolean(),
    laneTips: fc.array(fc.record({ origin: u32, seq: u32, digest: hash }), { maxLength: 3 }),
    instance,
    echoes: fc.array(instance, { maxLength: 8 }),
  }),
  pull: fc.record({
    type: fc.constant('pull' as const),
    lanes: fc.array(fc.record({ origin: hash, fromSeq: u32, tipDigest: hash }), { maxLength: 2 }),
    headers: fc.array(hash, { maxLength: 2 }),
  }),
  syncRequest: fc.record({ type: fc.constant('syncRequest' as const), fromHeight: height, maxBytes: u32 }),
  syncResponse: fc.record({
    type: fc.constant('syncResponse' as const),
    blocks: fc.array(
      fc.record({
        sealed,
        certificate,
        nextCommittee: maybe(members.filter((list) => list.length > 0)),
        bundles: fc.array(someBytes, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
  join: fc.record({ type: fc.constant('join' as const), join, application: maybe(application) }),
  admission: fc.record({
    type: fc.constant('admission' as const),
    admission: fc.record({
      decision: fc.constantFrom(...ADMISSION_DECISIONS),
      reason: fc.constantFrom(...ADMISSION_REASONS),
      height: u32,
      raises: fc.boolean(),
      genesis: someBytes,
    }),
  }),
  address: fc.record({
    type: fc.constant('address' as const),
    record: fc.record({
      publicKey: hash,
      sequence: u32,
      addressHints: fc.array(value, { maxLength: 3 }),
      signature,
    }),
  }),
};
