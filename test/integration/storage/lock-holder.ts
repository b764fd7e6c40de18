/** Locks the folder given as argument, says so, and holds it until it is killed or its input ends. */
import { lockFolder } from '../../../src-main/storage/folder-lock.ts';

lockFolder(process.argv[2]!);
process.stdout.write('locked\n');
process.stdin.resume();
