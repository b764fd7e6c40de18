/** What comes from another person: an invitation, and a backup. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { concatBytes, fromText, toText, utf8 } from '../../../src-main/core/bytes.ts';
import { BackupError } from '../../../src-main/identity/backup-errors.ts';
import { BackupWriter } from '../../../src-main/identity/backup-box.ts';
import { IdentityError } from '../../../src-main/identity/errors.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { encodeCatalogue } from '../../../src-main/networks/backup/catalogue.ts';
import type { Catalogue } from '../../../src-main/networks/backup/catalogue.ts';
import { extractBackup } from '../../../src-main/networks/backup/extract.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import { decodeInvitation, encodeInvitation } from '../../../src-main/networks/shared/invitation.ts';
import { Work } from '../../../src-main/networks/work.ts';
import { StorageError } from '../../../src-main/storage/errors.ts';
import { invitationOf } from '../../unit/networks/shared/fixture.ts';
import { accepts, asBytes, assert, asText, type Target } from '../target.ts';

const PREFIX = 'diva://join/1/';
const CHECKSUM_BYTES = 4;

/** As text; and as what is within the checksum, which chance would never meet. */
const invitationTarget: Target = {
  name: 'invitation',
  maxBytes: 4_096,
  testRuns: 1_000,
  words: [PREFIX, 'diva://join/2/', 'https://', '\n', '127.0.0.1:17470'],
  seeds: () => {
    const links = [invitationOf(), invitationOf({ ticket: null, transport: 'i2p' })].map((invitation) =>
      encodeInvitation(invitation, sodiumCrypto),
    );
    const bodies = links.map((link) => fromText(link.slice(PREFIX.length))!.subarray(0, -CHECKSUM_BYTES));
    return [...links.map(asBytes), ...bodies];
  },
  run: (input) => {
    const sum = sodiumCrypto.hash(input).subarray(0, CHECKSUM_BYTES);
    for (const text of [asText(input), PREFIX + toText(concatBytes(input, sum))])
      accepts(() => {
        const invitation = decodeInvitation(text, sodiumCrypto);
        const again = encodeInvitation(invitation, sodiumCrypto);
        assert(again === text.replaceAll(/\s+/g, ''), 'an invitation has one form');
      }, NetworkError);
  },
};

const PASSPHRASE = 'four words to remember';
/** The least that a file may ask for: this is not about guessing. */
const CHEAP = { operations: 1, memoryBytes: 8 * 1024 * 1024, salt: new Uint8Array(16) };

function contentOf(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Uint8Array {
  const catalogue: Catalogue = {
    version: 1,
    madeAtMs: 1,
    appVersion: '1',
    name: 'Ada',
    key: null,
    networks: [],
    files: files.map(({ path: name, bytes }) => {
      return { path: name, sizeBytes: bytes.length, sha256: toText(sodiumCrypto.hash(bytes)) };
    }),
    chains: [],
  };
  return concatBytes(encodeCatalogue(catalogue), ...files.map(({ bytes }) => bytes));
}

/** What is in the box, by somebody who knows the passphrase. */
const backupTarget: Target = {
  name: 'backup',
  maxBytes: 4_096,
  testRuns: 25,
  words: ['../', '/etc/', '"path":"', '"sizeBytes":', 'networks/', '"chains":[', 'null', '\\u0000'],
  seeds: () => [
    contentOf([]),
    contentOf([{ path: 'settings.json', bytes: utf8('{}') }]),
    contentOf([
      { path: 'nodes/1/networks/x/genesis.ssz', bytes: utf8('no genesis') },
      { path: 'local-network.json', bytes: utf8('{}') },
    ]),
  ],
  run: async (input) => {
    const top = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-fuzz-'));
    const [file, folder] = [path.join(top, 'backup'), path.join(top, 'out')];
    try {
      const writer = await BackupWriter.create(file, PASSPHRASE, input.length, CHEAP);
      await writer.append(input);
      await writer.finish();
      await writer.close();
      await extractBackup(file, PASSPHRASE, folder, new Work({})).catch((error: unknown) => {
        const refusals = [BackupError, NetworkError, StorageError, IdentityError];
        if (!refusals.some((refusal) => error instanceof refusal)) throw error;
      });
      const outside = fs.readdirSync(top).filter((name) => name !== 'backup' && name !== 'out');
      assert(outside.length === 0, 'nothing is written outside of its folder');
    } finally {
      fs.rmSync(top, { recursive: true, force: true });
    }
  },
};

export const sharedTargets: readonly Target[] = [invitationTarget, backupTarget];
