/** The only user of the bridge (STYLE 25). Everything else in the window goes through these functions. */
import type { Bridge, PushOf, RequestOf, ResponseOf } from '../src-main/app/contract/contract.ts';
import type { Outcome } from '../src-main/app/contract/errors.ts';
import type { PushName, RequestName, SubscribeName } from '../src-main/app/contract/names.ts';

declare global {
  interface Window {
    /** Put there by the preload script or by the browser host; missing when the page is opened as a mere file. */
    readonly diva?: Bridge;
  }
}

export function hasBridge(): boolean {
  return window.diva !== undefined;
}

/** Never rejects: a failure is an outcome with a code. */
export function request<Name extends RequestName>(
  name: Name,
  argument: RequestOf<Name>,
): Promise<Outcome<ResponseOf<Name>>> {
  const method = bridge()[name] as unknown as (
    argument: RequestOf<Name>,
  ) => Promise<Outcome<ResponseOf<Name>>>;
  return method(argument);
}

/** @returns the function that ends the subscription */
export function subscribe<Name extends PushName>(
  name: Name,
  listener: (value: PushOf<Name>) => void,
): () => void {
  const methodName = `on${name.charAt(0).toUpperCase()}${name.slice(1)}` as SubscribeName<Name>;
  const method = bridge()[methodName] as unknown as (listener: (value: PushOf<Name>) => void) => () => void;
  return method(listener);
}

function bridge(): Bridge {
  if (!window.diva) throw new Error('the window was opened without its host');
  return window.diva;
}
