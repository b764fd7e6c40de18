import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectIdentity } from '../../../../src-main/identity/identity-file.ts';
import { rollBackup, rollingFolder, rollingState } from '../../../../src-main/networks/backup/rolling.ts';
import { identityFolder } from '../../../../src-main/networks/folders.ts';
import { toText } from '../../../../src-main/core/bytes.ts';
import { appFolder, filesOf, temporaryFolder } from './support.ts';

const namesIn = (dataDir: string): string[] => fs.readdirSync(rollingFolder(dataDir)).sort();

describe('automatic backups', () => {
  it('hold what is small, for their owner only, and come when something has changed', async () => {
    const { dataDir, publicKey, networkId } = await appFolder(2);
    expect(rollingState(dataDir)).toBeNull();
    const given = `networks/${networkId}/invitations.json`;
    fs.writeFileSync(path.join(dataDir, given), '{"version":1,"invitations":[]}');
    expect(await rollBackup(dataDir)).toBe(true);
    expect(await rollBackup(dataDir)).toBe(false);
    const { folder, count } = rollingState(dataDir)!;
    expect(count).toBe(1);
    const [name] = namesIn(dataDir);
    const made = path.join(folder, name!);
    expect(filesOf(made).filter((file) => file.includes('sqlite'))).toEqual([]);
    expect(filesOf(made)).toEqual(
      filesOf(dataDir).filter(
        (file) => !file.includes('sqlite') && !file.startsWith('backups') && file !== given,
      ),
    );
    expect(filesOf(made)).toContain(`networks/${networkId}/nodes/2/identity/key.json`);
    for (const file of filesOf(made)) expect(fs.statSync(path.join(made, file)).mode & 0o077, file).toBe(0);
    expect(fs.statSync(made).mode & 0o077).toBe(0);
    expect(toText((await inspectIdentity(identityFolder(made))).publicKey)).toBe(publicKey);
    fs.writeFileSync(path.join(dataDir, 'settings.json'), '{"theme":"light"}');
    expect(await rollBackup(dataDir)).toBe(true);
    expect(rollingState(dataDir)).toMatchObject({ count: 2 });
  });

  it('are few, and the newest stays', async () => {
    const { dataDir } = await appFolder(1);
    for (let count = 0; count < 8; count++) {
      fs.writeFileSync(path.join(dataDir, 'settings.json'), String(count));
      await rollBackup(dataDir);
    }
    const names = namesIn(dataDir);
    expect(names).toHaveLength(5);
    const newest = path.join(rollingFolder(dataDir), names.at(-1)!, 'settings.json');
    expect(fs.readFileSync(newest, 'utf8')).toBe('7');
    // The key is closed in another way now: none may be left that opens as before.
    expect(await rollBackup(dataDir, { onlyThis: true })).toBe(false);
    expect(namesIn(dataDir)).toEqual([names.at(-1)]);
  });

  it('are not made for a folder without a key', async () => {
    const dataDir = temporaryFolder();
    fs.writeFileSync(path.join(dataDir, 'settings.json'), '{}');
    expect(await rollBackup(dataDir)).toBe(false);
    expect(fs.readdirSync(dataDir)).toEqual(['settings.json']);
  });
});
