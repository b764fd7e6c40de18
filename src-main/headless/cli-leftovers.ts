/** `leftovers`: node processes that outlived the app or the command that started them. */
import { endLeftover, findLeftovers } from '../networks/leftovers.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import { EXIT } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import type { Output } from './cli-output.ts';

export async function leftovers(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { end: 'boolean' }, []);
  const { dataDir } = options;
  // Whoever has the folder runs these nodes, and they are none.
  const lock = await withNetworkErrors(() => lockFolder(dataDir));
  try {
    const found = await withNetworkErrors(() => findLeftovers(dataDir));
    const ended = options.isSet('end');
    if (ended) await Promise.all(found.map(endLeftover));
    const lines = found.map(({ name, pid }) => `${name}: process ${pid}${ended ? ', ended' : ' still runs'}`);
    const todo = found.length > 0 && !ended ? ['--end ends them; what they accepted is on disk'] : [];
    output.answer({ leftovers: found, ended }, [...lines, ...todo].join('\n') || 'no node was left behind');
    return EXIT.ok;
  } finally {
    lock.release();
  }
}
