/**
 * Separate hosts on one machine: each is a network namespace with its own interfaces, addresses, ports and loopback,
 * joined by a bridge in a namespace of its own. Nothing of it touches the machine's own network. Needs root and
 * iproute2.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';

const INTERFACE = 'eth0';
/** The system asks once a second whether somebody else has an IPv6 address; it cannot be bound before. */
const CHECKS_WITHOUT_END = 100_000;

/** Why hosts cannot be made here; null when they can. */
export function obstacle(): string | null {
  if (process.platform !== 'linux') return 'skipped: separate hosts need Linux';
  if (process.getuid?.() !== 0) return 'skipped: separate hosts need root';
  const name = `diva-${process.pid}-try`;
  try {
    ip('netns', 'add', name);
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') return 'skipped: separate hosts need iproute2';
    return `skipped: this system makes no network namespaces (${String(stderr ?? code).trim()})`;
  }
  try {
    ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', name, 'link', 'add', 'left0', 'type', 'veth', 'peer', 'name', 'right0');
    return null;
  } catch (error) {
    return `skipped: no bridge or veth here (${String((error as { stderr?: string }).stderr).trim()})`;
  } finally {
    ip('netns', 'del', name);
  }
}

/** What the way out of a host does to each packet. */
export interface Link {
  readonly lossPercent: number;
  readonly delayMs: number;
}

let canWorsen: boolean | null = null;

/** Not every kernel has netem. */
function hasNetem(namespace: string, device: string): boolean {
  if (canWorsen !== null) return canWorsen;
  try {
    netem(namespace, device, { lossPercent: 0, delayMs: 0 });
    canWorsen = true;
  } catch {
    canWorsen = false;
  }
  return canWorsen;
}

function netem(namespace: string, device: string, { lossPercent, delayMs }: Link): void {
  const kind = ['netem', 'delay', `${delayMs}ms`, 'loss', `${lossPercent}%`];
  const args = ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', ...kind];
  // Of the same package as `ip`.
  execFileSync('tc', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Hosts of a run that was killed: nobody else knows of them. */
function removeLeftOvers(): void {
  for (const line of ip('netns').split('\n')) {
    const [, name = '', pid = ''] = /^(diva-(\d+)-\S+)/.exec(line) ?? [];
    if (name === '' || isAlive(Number(pid))) continue;
    for (const left of ip('netns', 'pids', name).split('\n')) if (left !== '') kill(Number(left));
    ip('netns', 'del', name);
  }
}

function isAlive(pid: number): boolean {
  return fs.existsSync(`/proc/${pid}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export class Lan {
  readonly #prefix: string;
  readonly #hosts: Host[] = [];

  constructor(label: string) {
    removeLeftOvers();
    this.#prefix = `diva-${process.pid}-${label}`;
    ip('netns', 'add', this.#switch);
    // Multicast goes everywhere, as through a simple switch: nobody here asks who wants it.
    ip('-n', this.#switch, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    ip('-n', this.#switch, 'link', 'set', 'br0', 'up');
    // Of another switch, without a cable to the first one.
    ip('-n', this.#switch, 'link', 'add', 'br1', 'type', 'bridge', 'mcast_snooping', '0');
    ip('-n', this.#switch, 'link', 'set', 'br1', 'up');
  }

  /**
   * A host with these addresses (`10.77.0.1/24`, `fd77::1/64`) alone; without any, with IPv6's link-local one.
   * `isChecking`: its system goes on making sure that nobody else has that one until `endCheck`.
   */
  addHost(addresses: readonly string[], { isChecking = false } = {}): Host {
    const number = this.#hosts.length + 1;
    const host = new Host(`${this.#prefix}-h${number}`, this.#switch, `port${number}`, {
      hasLinkLocal: addresses.length === 0,
      isChecking,
    });
    this.#hosts.push(host);
    host.setAddresses(addresses);
    return host;
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) await host.close();
    ip('netns', 'del', this.#switch);
  }

  get #switch(): string {
    return `${this.#prefix}-sw`;
  }
}

export class Host {
  readonly #name: string;
  readonly #switch: string;
  readonly #port: string;
  readonly #children = new Set<ChildProcess>();
  /** What is waited for, in words. */
  readonly #awaited = new Set<() => string>();
  #nodeOptions: readonly string[] = [];

  constructor(
    name: string,
    switchName: string,
    port: string,
    { hasLinkLocal, isChecking }: { readonly hasLinkLocal: boolean; readonly isChecking: boolean },
  ) {
    this.#name = name;
    this.#switch = switchName;
    this.#port = port;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'add', INTERFACE, 'type', 'veth', 'peer', 'name', port, 'netns', switchName);
    ip('-n', switchName, 'link', 'set', port, 'master', 'br0', 'up');
    if (isChecking) {
      const setting = `/proc/sys/net/ipv6/conf/${INTERFACE}/dad_transmits`;
      ip('netns', 'exec', name, 'sh', '-c', `echo ${CHECKS_WITHOUT_END} > ${setting}`);
    }
    if (!hasLinkLocal) ip('-n', name, 'link', 'set', INTERFACE, 'addrgenmode', 'none');
    ip('-n', name, 'link', 'set', INTERFACE, 'up');
  }

  /** These instead of all that it has, as when DHCP or another Wi-Fi gives new ones. Link-local ones stay. */
  setAddresses(addresses: readonly string[]): void {
    ip('-n', this.#name, 'addr', 'flush', 'dev', INTERFACE, 'scope', 'global');
    // Nobody else can have them here: the system need not look for duplicates first.
    for (const address of addresses) {
      const noWait = address.includes(':') ? ['nodad'] : [];
      ip('-n', this.#name, 'addr', 'add', address, 'dev', INTERFACE, ...noWait);
    }
  }

  /** Its IPv6 address on the cable, once the system has made sure that it is the only one. */
  async linkLocal(): Promise<string> {
    for (;;) {
      const found = this.#listLinkLocal('-tentative');
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The system is sure of its link-local address from now on. */
  endCheck(): void {
    const address = `${this.#listLinkLocal()}/64`;
    ip('-n', this.#name, 'addr', 'del', address, 'dev', INTERFACE);
    ip('-n', this.#name, 'addr', 'add', address, 'dev', INTERFACE, 'nodad');
  }

  #listLinkLocal(...filter: readonly string[]): string | undefined {
    const listed = ip('-n', this.#name, '-6', 'addr', 'show', 'dev', INTERFACE, 'scope', 'link', ...filter);
    return /inet6 (fe80:[0-9a-f:]+)\//.exec(listed)?.[1];
  }

  /** The cable is pulled: the host sees that it has no network. */
  unplug(): void {
    ip('-n', this.#switch, 'link', 'set', this.#port, 'down');
  }

  plugIn(): void {
    ip('-n', this.#switch, 'link', 'set', this.#port, 'up');
  }

  /** The switch forwards nothing any more, and the host does not see why nobody answers. */
  cutOff(): void {
    ip('-n', this.#switch, 'link', 'set', this.#port, 'nomaster');
  }

  reconnect(): void {
    ip('-n', this.#switch, 'link', 'set', this.#port, 'master', 'br0');
  }

  /** On a switch of their own with those to whom the same happens: they reach each other and nobody else. */
  splitOff(): void {
    ip('-n', this.#switch, 'link', 'set', this.#port, 'master', 'br1');
  }

  /**
   * Loses and delays what leaves this host, before a node starts there: where the kernel cannot do it, the node
   * itself does, with the faults that its owner may ask for.
   */
  worsen(link: Link): void {
    if (hasNetem(this.#name, INTERFACE)) netem(this.#name, INTERFACE, link);
    else this.#nodeOptions = ['--loss', String(link.lossPercent), '--delay', String(link.delayMs)];
  }

  /** What a node here has to be started with. */
  get nodeOptions(): readonly string[] {
    return this.#nodeOptions;
  }

  /** As in a guest Wi-Fi: it reaches nobody but those who are not kept apart themselves. */
  keepApart(): void {
    // Of the bridge's own tool, which comes with iproute2.
    execFileSync('bridge', ['-n', this.#switch, 'link', 'set', 'dev', this.#port, 'isolated', 'on']);
  }

  /** Over its cable so far, headers included. */
  bytes(): { readonly sent: number; readonly received: number } {
    const [link] = JSON.parse(ip('-n', this.#name, '-s', '-j', 'link', 'show', 'dev', INTERFACE)) as {
      stats64: { rx: { bytes: number }; tx: { bytes: number } };
    }[];
    return { sent: link!.stats64.tx.bytes, received: link!.stats64.rx.bytes };
  }

  /** A process of this host; it ends with it. */
  spawn(args: readonly string[], stdio: 'pipe' | 'ignore' = 'pipe'): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#name, process.execPath, ...args], {
      stdio: ['ignore', stdio, stdio === 'pipe' ? 'inherit' : 'ignore'],
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /**
   * Passes on what comes. Whatever is still waited for when the host is removed never came, and that is said then: a
   * test whose time is over says nothing else.
   */
  async awaiting<Result>(coming: Promise<Result>, describe: () => string): Promise<Result> {
    this.#awaited.add(describe);
    try {
      return await coming;
    } finally {
      this.#awaited.delete(describe);
    }
  }

  async close(): Promise<void> {
    for (const describe of this.#awaited) console.error(`${this.#name} never came to this: ${describe()}`);
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ends);
    ip('netns', 'del', this.#name);
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
