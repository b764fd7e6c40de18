/** Commands about other machines: `discover` looks for networks nearby, `reach` says where this node can be reached. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnosis, DiagnosisCode } from '../network/discovery/diagnosis.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { NearbyNetworks } from '../networks/nearby.ts';
import type { FoundNetwork, Nearby } from '../networks/nearby.ts';
import { consentFile, NO_CONSENT } from '../networks/reach-consent.ts';
import type { ReachConsent, ReachProblem, ReachStatus } from '../networks/reach-types.ts';
import { systemClock } from '../networks/system.ts';
import { findNodeFolder, NodeClient, readAnswer } from './cli-client.ts';
import { CliError, EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import { countOf, printable } from './cli-output.ts';
import type { Output } from './cli-output.ts';
import { readInterfaceNames } from './foreground.ts';

const DEFAULT_SECONDS = 12;
const WAIT = { least: 1, most: 3600, whole: false } as const;

const DIAGNOSES: Readonly<Record<DiagnosisCode, string>> = {
  'no-interface': 'this machine is in no network: switch Wi-Fi on or plug a cable in',
  refused: 'this system lets no program listen for announcements (UDP port 5353)',
  firewall:
    'not even what this machine sent itself came back: a firewall here may block it (UDP port 5353, multicast)',
  isolation:
    'nothing else was heard here: nobody else is in this network, or its access point keeps guests apart',
  nobody: 'other devices are heard, and none of them announces a network',
};

/** Looks for so long, tells what comes and goes, and ends with all that is there. */
export async function discover(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { seconds: 'string' }, []);
  const seconds = options.number('seconds', WAIT) ?? DEFAULT_SECONDS;
  const known = new Map<string, string>();
  const nearby = lookNearby((now) => tellChanges(now.networks, known, output));
  try {
    await sleep(seconds * 1_000);
    const { networks, diagnosis } = nearby.look();
    tellChanges(networks, known, output);
    output.answer({ event: 'done', networks, diagnosis }, doneText(networks, diagnosis));
    return networks.length > 0 ? EXIT.ok : EXIT.invalid;
  } finally {
    await nearby.close();
  }
}

/** Until it is closed. `changed` is called with what is known by then. */
export function lookNearby(changed: (now: Nearby) => void): NearbyNetworks {
  const logger = { log: () => undefined };
  const ports = { clock: systemClock, crypto: sodiumCrypto, readInterfaces, logger };
  const nearby = new NearbyNetworks(ports, () => changed(nearby.look()));
  return nearby;
}

function tellChanges(networks: Nearby['networks'], known: Map<string, string>, output: Output): void {
  for (const network of networks) {
    const text = JSON.stringify(network);
    if (known.get(network.id) === text) continue;
    const isNew = !known.has(network.id);
    known.set(network.id, text);
    if (isNew) output.answer({ event: 'found', network }, foundText(network));
    else output.answer({ event: 'changed', network }, foundText(network));
  }
  for (const id of known.keys()) {
    if (networks.some((network) => network.id === id)) continue;
    known.delete(id);
    output.answer({ event: 'lost', id }, `${id} is not announced any more`);
  }
}

function foundText({ name, memberCount, words, addresses, link }: FoundNetwork): string {
  const members = countOf(memberCount, 'member');
  return `"${printable(name)}", ${members}, at ${addresses.join(', ')}\n  ${words.join(' ')}\n  ${link}`;
}

function doneText(networks: Nearby['networks'], diagnosis: Diagnosis | null): string {
  if (networks.length > 0) return `${countOf(networks.length, 'network')} nearby`;
  return diagnosis === null ? 'nothing found yet' : `nothing found: ${DIAGNOSES[diagnosis.code]}`;
}

const PROBLEMS: Readonly<Record<ReachProblem, string>> = {
  'no-network': 'this machine is in no network',
  'not-allowed': 'its owner agreed to no interface: only this machine reaches it',
  'other-interface': 'none of the interfaces that its owner agreed to is there',
  'port-taken': 'another program has its port',
  'cannot-listen': 'the system refuses to listen there',
};

/** Without options it only says how it is. */
export async function reach(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { interface: 'string', announce: 'string' }, []);
  const folder = findNodeFolder(options);
  const change = readChange(options);
  const client = NodeClient.find(folder);
  if (!fs.existsSync(folder.files.shared))
    throw new CliError(EXIT.refused, 'other-kind', 'a network of this machine alone');
  if (client === undefined) {
    const before = consentFile.read(folder.files.reach) ?? NO_CONSENT;
    const consent = { ...before, ...change, interfaces: [...(change.interfaces ?? before.interfaces)] };
    if (change.interfaces !== undefined || change.announce !== undefined)
      consentFile.write(folder.files.reach, consent);
    output.answer(
      consent,
      `when it runs, it listens on: ${consent.interfaces.join(', ') || 'this machine alone'}`,
    );
    return EXIT.ok;
  }
  const { reach: status } = readAnswer(await client.get('/node/status')) as { reach: ReachStatus | null };
  if (status === null) throw new CliError(EXIT.refused, 'other-kind', 'a network of this machine alone');
  const isChange = change.interfaces !== undefined || change.announce !== undefined;
  const interfaces = status.interfaces.filter(({ isAllowed }) => isAllowed).map(({ name }) => name);
  const consent: ReachConsent = { interfaces, announce: status.announce, ...change };
  const now = isChange ? (readAnswer(await client.put('/node/reach', consent)) as ReachStatus) : status;
  output.answer(now, reachText(now));
  return EXIT.ok;
}

function readChange(options: Options): Partial<ReachConsent> {
  const interfaces = readInterfaceNames(options);
  const announce = options.text('announce');
  if (announce !== undefined && announce !== 'on' && announce !== 'off')
    throw usageError('--announce is on or off');
  return {
    ...(interfaces === undefined ? {} : { interfaces }),
    ...(announce === undefined ? {} : { announce: announce === 'on' }),
  };
}

function reachText({ interfaces, announce, addresses, problem }: ReachStatus): string {
  const lines = interfaces.map(({ name, kind, hosts, isAllowed }) => {
    return `  ${name} (${kind}, ${hosts.join(', ') || 'not there'}): ${isAllowed ? 'agreed to' : 'not used'}`;
  });
  const where = problem === null ? `reached at ${addresses.join(', ')}` : PROBLEMS[problem];
  return [where, ...lines, announce ? '  announced nearby' : '  not announced nearby'].join('\n');
}
