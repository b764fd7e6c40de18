import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createIdentity } from '../../../src-main/identity/identity-file.ts';
import { identityFolder, networkFiles } from '../../../src-main/networks/folders.ts';
import { nodeConfigFile } from '../../../src-main/networks/node-config.ts';
import { openNodeInstance } from '../../../src-main/networks/node-instance.ts';
import { readRunning } from '../../../src-main/networks/running-file.ts';
import { createSharedNetwork } from '../../../src-main/networks/shared/create.ts';

test('a node that cannot be opened leaves nothing open: once that is mended, it opens at its own ports', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-instance-'));
  onTestFinished(() => fs.rmSync(dataDir, { recursive: true }));
  const identity = await createIdentity(identityFolder(dataDir));
  const networkId = await createSharedNetwork(
    { networkName: 'Class', admission: 'ask', raises: true, profile: 'lan' },
    { dataDir, name: 'Anna', publicKey: identity.publicKey },
    {},
  );
  const files = networkFiles(dataDir, networkId);
  const taken: unknown[] = [];
  const open = (serve = () => Promise.resolve({ close: () => Promise.resolve() })) =>
    openNodeInstance(
      { dataDir, networkId, identity, logLevel: 'error', onPortTaken: (port) => void taken.push(port) },
      serve,
    );
  fs.writeFileSync(files.invitations, 'damaged');
  await expect(open()).rejects.toMatchObject({ code: 'folder-corrupt' });
  fs.rmSync(files.invitations);
  await expect(open(() => Promise.reject(new Error('no server')))).rejects.toThrow('no server');
  // Where its process is written there is a folder.
  fs.mkdirSync(path.join(files.running, 'x'), { recursive: true });
  await expect(open()).rejects.toThrow();
  fs.rmSync(files.running, { recursive: true });

  // What a backup that was cancelled had asked for.
  fs.writeFileSync(files.databaseCopy, 'a copy');
  const node = await open();
  expect(fs.existsSync(files.databaseCopy)).toBe(false);
  expect(taken).toEqual([]);
  expect(node.ports).toEqual(nodeConfigFile.read(files.config)!.ports);
  expect(readRunning(files.running)).toMatchObject({ pid: process.pid });
  await node.close();
  expect(fs.existsSync(files.running)).toBe(false);
});
