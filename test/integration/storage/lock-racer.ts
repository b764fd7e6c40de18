/** Says that it is loaded, and for each line it reads tries to lock the folder given as argument. */
import { StorageError } from '../../../src-main/storage/errors.ts';
import { lockFolder } from '../../../src-main/storage/folder-lock.ts';

process.stdout.write('loaded\n');
process.stdin.on('data', () => {
  try {
    lockFolder(process.argv[2]!);
    process.stdout.write('locked\n');
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    process.stdout.write(`refused ${error.code}\n`);
  }
});
