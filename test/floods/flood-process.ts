/** The process of one flood: takes its order over the channel to its parent, answers with the result, and ends. */
import { flood } from './flooder.ts';
import type { FloodOrder } from './order.ts';

const abort = new AbortController();
process.once('disconnect', () => abort.abort());
process.on('message', (message: FloodOrder | 'stop') => {
  if (message === 'stop') return abort.abort();
  void flood(message, abort.signal).then((result) => {
    if (process.connected) process.send!(result, () => process.disconnect());
  });
});
process.send!('ready');
