/**
 * The canonical, bounded SSZ schemas of everything that is signed, hashed, sent or stored (PROTOCOL sections 2 and 3).
 * Changing one changes the protocol: test/golden holds the bytes.
 */
import {
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintNumberType,
  UnionType,
} from '@chainsafe/ssz';

export const MAX_MEMBERS = 128;
export const MAX_BUNDLE_BYTES = 32 * 1024;
export const MAX_COMMANDS = 16;
export const MAX_TRANSACTIONS = 1024;
/** 8192 UTF-16 code units take at most 3 bytes each in UTF-8. */
export const MAX_VALUE_BYTES = 3 * 8192;
/** Four groups of 16 and one of 64 characters. */
export const MAX_NAMESPACE_BYTES = 128;
export const MAX_IDENT_BYTES = 32;
export const MAX_GENESIS_BYTES = 16 * 1024;
export const MAX_HEADER_BYTES = 6 * 1024;
export const MAX_CERTIFICATE_BYTES = 10 * 1024;
export const MAX_SYNC_BLOCKS = 64;
/** Starts of one key that its owner is told of at once. */
export const MAX_ECHOES = 8;
/** K at most. */
export const MAX_LANE_WINDOW = 8;
/** Bundles of one block: K per lane. */
export const MAX_BLOCK_BUNDLES = MAX_LANE_WINDOW * MAX_MEMBERS;
export const BITMAP_BYTES = MAX_MEMBERS / 8;

export const u8 = new UintNumberType(1);
export const u32 = new UintNumberType(4);
export const u64 = new UintNumberType(8);
export const bytes16 = new ByteVectorType(16);
export const bytes32 = new ByteVectorType(32);
export const bytes64 = new ByteVectorType(64);

export const statement = new ContainerType({
  kind: u8,
  signer: bytes32,
  height: u32,
  view: u32,
  hash: bytes32,
  hn: u32,
  signature: bytes64,
});

export const join = new ContainerType({ publicKey: bytes32, expiryHeight: u32, signature: bytes64 });

export const ticket = new ContainerType({
  id: bytes16,
  kind: u8,
  expiryHeight: u32,
  issuer: bytes32,
  signature: bytes64,
});

/** The selector is the position in this list; new kinds are only ever appended. */
export const command = new UnionType([
  new ContainerType({ ns: new ByteListType(MAX_NAMESPACE_BYTES), d: new ByteListType(MAX_VALUE_BYTES) }),
  new ContainerType({
    ns: new ByteListType(MAX_NAMESPACE_BYTES),
    h: u32,
    d: new ByteListType(MAX_VALUE_BYTES),
  }),
  join,
  new ContainerType({ publicKey: bytes32 }),
  new ContainerType({
    publicKey: bytes32,
    ident: new ByteListType(MAX_IDENT_BYTES),
    negative: u8,
    amount: u64,
  }),
  new ContainerType({ height: u32, blockHash: bytes32 }),
  new ContainerType({ first: statement, second: statement }),
]);

export const transaction = new ContainerType({
  ident: new ByteListType(MAX_IDENT_BYTES),
  commands: new ListCompositeType(command, MAX_COMMANDS),
});

/** The signed fields; on the wire the 64-byte signature stands before them. */
export const bundleFields = new ContainerType({
  origin: bytes32,
  seq: u32,
  prev: bytes32,
  transactions: new ListCompositeType(transaction, MAX_TRANSACTIONS),
});

export const header = new ContainerType({
  version: u8,
  chainId: bytes32,
  height: u32,
  view: u32,
  proposer: u32,
  prev: bytes32,
  committeeHash: bytes32,
  nextCommitteeHash: bytes32,
  stateHash: bytes32,
  cut: new ListCompositeType(new ContainerType({ origin: u32, toSeq: u32, tipDigest: bytes32 }), MAX_MEMBERS),
});

export const certificate = new ContainerType({
  kind: u8,
  height: u32,
  view: u32,
  hash: bytes32,
  bitmap: new ByteVectorType(BITMAP_BYTES),
  hn: new ListBasicType(u32, MAX_MEMBERS),
  signatures: new ListCompositeType(bytes64, MAX_MEMBERS),
});

export const members = new ListCompositeType(
  new ContainerType({ id: u32, publicKey: bytes32, stake: u64 }),
  MAX_MEMBERS,
);

export const genesis = new ContainerType({
  version: u8,
  name: new ByteListType(128),
  salt: bytes32,
  laneWindow: u8,
  demotionHeights: u32,
  maxBlockBytes: u32,
  maxBundleBytes: u32,
  maxSponsored: u8,
  sponsorIntervalHeights: u32,
  members: new ListCompositeType(new ContainerType({ publicKey: bytes32, stake: u64 }), MAX_MEMBERS),
});

const headerBytes = new ByteListType(MAX_HEADER_BYTES);
const certificateBytes = new ByteListType(MAX_CERTIFICATE_BYTES);
const instance = new ContainerType({ nonce: bytes16, signature: bytes64 });

/** Wire messages: one tag byte (the position here), then the container. Empty byte lists stand for "none". */
export const message = {
  bundle: new ContainerType({ bytes: new ByteListType(MAX_BUNDLE_BYTES) }),
  propose: new ContainerType({
    height: u32,
    view: u32,
    header: headerBytes,
    signature: bytes64,
    skipCertificate: certificateBytes,
    notarisation: certificateBytes,
  }),
  vote: new ContainerType({ height: u32, view: u32, blockHash: bytes32, index: u8, signature: bytes64 }),
  commit: new ContainerType({ height: u32, view: u32, blockHash: bytes32, index: u8, signature: bytes64 }),
  skip: new ContainerType({
    height: u32,
    view: u32,
    hn: u32,
    index: u8,
    signature: bytes64,
    notarisation: certificateBytes,
  }),
  certificate: new ContainerType({
    certificate: certificateBytes,
    header: headerBytes,
    notarisation: certificateBytes,
  }),
  status: new ContainerType({
    height: u32,
    tipHash: bytes32,
    view: u32,
    votes: bytes16,
    commits: bytes16,
    skips: bytes16,
    highNotarisedView: u32,
    hasHeader: u8,
    laneTips: new ListCompositeType(
      new ContainerType({ origin: u32, seq: u32, digest: bytes32 }),
      MAX_MEMBERS,
    ),
    instance,
    echoes: new ListCompositeType(instance, MAX_ECHOES),
  }),
  pull: new ContainerType({
    lanes: new ListCompositeType(
      new ContainerType({ origin: bytes32, fromSeq: u32, tipDigest: bytes32 }),
      MAX_MEMBERS,
    ),
    headers: new ListCompositeType(bytes32, 16),
  }),
  syncRequest: new ContainerType({ fromHeight: u32, maxBytes: u32 }),
  syncResponse: new ContainerType({
    blocks: new ListCompositeType(
      new ContainerType({
        header: headerBytes,
        certificate: certificateBytes,
        nextCommittee: members,
        bundles: new ListCompositeType(new ByteListType(MAX_BUNDLE_BYTES), MAX_BLOCK_BUNDLES),
      }),
      MAX_SYNC_BLOCKS,
    ),
  }),
  join: new ContainerType({
    ...join.fields,
    applications: new ListCompositeType(
      new ContainerType({
        displayName: new ByteListType(256),
        tickets: new ListCompositeType(ticket, 1),
        wantsGenesis: u8,
      }),
      1,
    ),
  }),
  address: new ContainerType({
    publicKey: bytes32,
    sequence: u32,
    addressHints: new ListCompositeType(new ByteListType(256), 8),
    signature: bytes64,
  }),
  admission: new ContainerType({
    decision: u8,
    reason: u8,
    height: u32,
    raises: u8,
    genesis: new ByteListType(MAX_GENESIS_BYTES),
  }),
} as const;
