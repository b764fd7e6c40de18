/** The channels between preload script and main process; nothing else may be spoken over them. */
import type { PushName, RequestName } from '../app/contract/names.ts';

/** The only page that is ever loaded, and the only one that is answered. */
export const ORIGIN = 'app://bundle';

export const SUBSCRIBE_CHANNEL = 'diva:subscribe';
export const UNSUBSCRIBE_CHANNEL = 'diva:unsubscribe';

export function requestChannel(name: RequestName): string {
  return `diva:request:${name}`;
}

export function pushChannel(name: PushName): string {
  return `diva:push:${name}`;
}
