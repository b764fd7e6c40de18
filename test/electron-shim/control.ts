/** What a test sees and steers of the double, over the channel to the process that started it. */

export interface ControlState {
  /** URLs and paths handed to the system. */
  readonly opened: string[];
  /** Anything that a real Electron would refuse, or that left the machine. */
  readonly violations: { readonly type: string; readonly detail: string }[];
  readonly navigationsBlocked: string[];
  readonly windowsDenied: string[];
  readonly menu: string[];
  /** The entries of the tray's menu; null without a tray. */
  tray: readonly string[] | null;
  /** Message boxes that were shown: message, then detail. */
  readonly dialogs: (readonly [message: string, detail: string])[];
  /** Of the newest window. */
  visible: boolean;
}

export const state: ControlState = {
  opened: [],
  violations: [],
  navigationsBlocked: [],
  windowsDenied: [],
  menu: [],
  tray: null,
  dialogs: [],
  visible: false,
};

export type ControlRequest =
  | { readonly id: number; readonly ask: 'state' }
  | { readonly id: number; readonly ask: 'clickMenu'; readonly labels: readonly string[] }
  | { readonly id: number; readonly ask: 'clickTray' | 'answerDialogs'; readonly label: string }
  | { readonly id: number; readonly ask: 'hideWindow' | 'showWindow' | 'closeWindow' }
  | { readonly id: number; readonly ask: 'secondInstance'; readonly args?: readonly string[] }
  | { readonly id: number; readonly ask: 'openUrl'; readonly url: string };

type Answerer = (request: ControlRequest) => unknown;

const answerers = new Map<ControlRequest['ask'], Answerer>([['state', () => state]]);

export function onControl(ask: ControlRequest['ask'], answerer: Answerer): void {
  answerers.set(ask, answerer);
}

export function violation(type: string, detail: string): void {
  state.violations.push({ type, detail });
}

/** An object that refuses what the double does not have, instead of being silently undefined. */
export function loud<Target extends object>(name: string, target: Target): Target {
  return new Proxy(target, {
    get: (object, key) => {
      if (!(key in object) && typeof key !== 'symbol' && key !== 'then' && key !== 'toJSON') {
        throw new Error(`electron-shim: ${name}.${key} is not there`);
      }
      // Private fields belong to the object itself, not to its proxy.
      const value = Reflect.get(object, key, object) as unknown;
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
    set: (object, key, value) => Reflect.set(object, key, value, object),
  });
}

process.on('message', (request: ControlRequest) => {
  const answer = answerers.get(request.ask)?.(request) ?? null;
  process.send?.({ id: request.id, answer });
});
// The channel must not keep the process alive after the app has quit.
process.channel?.unref();
