/** A program that another one runs in its place ends with it. */
import os from 'node:os';

/**
 * The channel to whoever started this process closes when that one ends, whatever ended it: then this process ends as a
 * signal would end it. Without such a channel nothing happens.
 */
export function endWithParent(): void {
  process.once('disconnect', () => {
    const hasListener = process.emit('SIGTERM', 'SIGTERM');
    if (!hasListener) process.exit(128 + os.constants.signals.SIGTERM);
  });
  // The channel alone is no reason to go on.
  process.channel?.unref();
}
