/** `backup`: everything of a data folder in one encrypted file. `restore`: that file into a data folder. */
import fs from 'node:fs';
import path from 'node:path';
import { isInUse, restoreBackup, tryRestore } from '../networks/backup/restore.ts';
import { inspectBackup } from '../networks/backup/catalogue.ts';
import type { Catalogue, StoredNetwork } from '../networks/backup/catalogue.ts';
import { makeBackup } from '../networks/backup/make.ts';
import { NetworkError } from '../networks/errors.ts';
import { IdentityError } from '../identity/errors.ts';
import { inspectIdentity, loadIdentity } from '../identity/identity-file.ts';
import type { Identity } from '../identity/identity-file.ts';
import type { Protection, ProtectionKind } from '../identity/key-protector.ts';
import { identityFolder } from '../networks/folders.ts';
import { makeFolder } from '../networks/folder-faults.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { WorkOptions } from '../networks/types.ts';
import { StorageError } from '../storage/errors.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import type { FolderLock } from '../storage/folder-lock.ts';
import { EXIT } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import { countOf, printable } from './cli-output.ts';
import type { Output } from './cli-output.ts';
import { chooseFor, passphraseFrom, readPassphrase } from './cli-passphrase.ts';

export async function backup(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = { chains: 'boolean', 'passphrase-file': 'string', 'key-passphrase-file': 'string' } as const;
  const options = new Options(args, types, ['FILE']);
  const { dataDir } = options;
  const file = path.resolve(options.positionals[0]!);
  const passphrase = await chooseFor(options, 'Passphrase for the backup: ');
  const key = await openKey(dataDir, passphraseFrom(options, 'key-passphrase-file') ?? passphrase);
  const lock = lockIfFree(dataDir);
  try {
    const chains = options.isSet('chains');
    const work = workOf(output);
    const common = { dataDir, file, passphrase, chains, name: null, key, isLocked: lock !== null };
    const { catalogue, sizeBytes } = await makeBackup(common, work);
    const facts = { file, sizeBytes, proven: true, ...factsOf(catalogue) };
    output.answer(
      facts,
      [`${file}: ${sizeBytes} bytes, proven by restoring it once`, ...linesOf(catalogue)].join('\n'),
    );
    return EXIT.ok;
  } finally {
    lock?.release();
    key?.identity.dispose();
  }
}

export async function restore(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = { 'dry-run': 'boolean', replace: 'boolean', 'passphrase-file': 'string' } as const;
  const options = new Options(args, types, ['FILE']);
  const { dataDir } = options;
  const file = path.resolve(options.positionals[0]!);
  const passphrase = await readPassphrase(options, 'Passphrase of the backup: ');
  const catalogue = await withNetworkErrors(() => inspectBackup(file, passphrase));
  output.note(linesOf(catalogue).join('\n'));
  const work = workOf(output);
  const isNew = !fs.existsSync(dataDir);
  makeFolder(dataDir);
  if (options.isSet('dry-run')) {
    await tryRestore({ dataDir, file, passphrase }, work).finally(() => {
      if (isNew) fs.rmdirSync(dataDir);
    });
    const facts = { file, dryRun: true, inUse: await isInUse(dataDir), ...factsOf(catalogue) };
    output.answer(facts, `the backup is whole, and nothing was changed in ${dataDir}`);
    return EXIT.ok;
  }
  const mayReplace = options.isSet('replace');
  if (!mayReplace && (await isInUse(dataDir))) throw inUse(dataDir);
  const lock = await withNetworkErrors(() => lockFolder(dataDir));
  try {
    const protect = protectionWith(passphrase);
    const { movedTo } = await restoreBackup({ dataDir, file, passphrase, protect, mayReplace }, work);
    output.answer(
      { file, dataDir, movedTo, ...factsOf(catalogue) },
      restoredText(dataDir, movedTo, catalogue),
    );
    return EXIT.ok;
  } finally {
    lock.release();
  }
}

function inUse(dataDir: string): NetworkError {
  const message =
    `${dataDir} holds a key or networks already; nothing was changed. With --replace they move into a dated ` +
    'backup there first';
  return new NetworkError('folder-in-use', message, { path: dataDir });
}

/** As it was on the other machine; a keyring stays behind with that, and the backup's passphrase takes its place. */
function protectionWith(passphrase: string): (was: ProtectionKind) => Protection {
  return (was) => (was === 'none' ? { kind: 'none' } : { kind: 'passphrase', passphrase });
}

/** Null where there is no own key: the folder of a local network. */
async function openKey(
  dataDir: string,
  passphrase: string,
): Promise<{ identity: Identity; protection: ProtectionKind } | null> {
  const folder = identityFolder(dataDir);
  try {
    const { protection } = await inspectIdentity(folder);
    return { identity: await loadIdentity(folder, { passphrase }), protection };
  } catch (error) {
    if (error instanceof IdentityError && error.code === 'missing') return null;
    if (error instanceof IdentityError && error.code === 'wrong-passphrase') {
      const message =
        'the passphrase does not open the key of this folder; --key-passphrase-file FILE gives another one';
      throw new NetworkError('wrong-passphrase', message, { path: folder }, error);
    }
    throw error;
  }
}

/** Null while the app, or a node, works with the folder: its nodes copy their databases themselves then. */
function lockIfFree(dataDir: string): FolderLock | null {
  try {
    return lockFolder(dataDir);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'locked') return null;
    throw error;
  }
}

/** Ctrl+C leaves nothing behind. */
function workOf(output: Output): WorkOptions {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  let shown = '';
  const onStage: WorkOptions['onStage'] = ({ stage }) => {
    if (stage !== shown) output.note(stage);
    shown = stage;
  };
  return { signal: abort.signal, onStage };
}

function factsOf({ madeAtMs, appVersion, name, key, networks }: Catalogue): object {
  const madeAt = new Date(madeAtMs).toISOString();
  return { madeAt, appVersion, name, publicKey: key?.publicKey ?? null, networks };
}

function linesOf({ madeAtMs, name, key, networks }: Catalogue): string[] {
  const whose = name === null ? '' : ` of ${printable(name)}`;
  const made = `made ${new Date(madeAtMs).toISOString()}`;
  const keyLine = key === null ? [] : [`  key ${key.publicKey}`];
  return [`  backup${whose}, ${made}`, ...keyLine, ...networks.map(networkLine)];
}

function networkLine({ id, name, isWhole, nodeCount, height, hasChain }: StoredNetwork): string {
  const chain = hasChain ? 'with its chain' : 'without its chain, which the other members have';
  const tip = height === null ? '' : `, block ${height}`;
  const nodes = isWhole ? `, all ${countOf(nodeCount, 'node')}` : '';
  return `  network "${printable(name)}" (${id})${nodes}${tip}, ${chain}`;
}

function restoredText(dataDir: string, movedTo: string | null, { networks }: Catalogue): string {
  const elsewhere = networks.some(({ isWhole }) => !isWhole);
  return [
    `restored into ${dataDir}`,
    ...(movedTo === null ? [] : [`what was there before is in ${movedTo}`]),
    ...(elsewhere
      ? [
          'Your node signs nothing until it has caught up with the others, and takes part again by itself three',
          'blocks later: so it cannot contradict what it signed after the backup was made. If it finds nobody, because',
          'all have moved since, `join` with an invitation of any member leads back.',
        ]
      : []),
    'If the computer that the backup comes from still runs, end DIVA Node there for good: one key that runs twice',
    'stops both of them until you decide.',
  ].join('\n');
}
