/** `readiness`: tries out this machine before a class, answers others who try theirs, and checks their tickets. */
import fs from 'node:fs';
import path from 'node:path';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { probeEcho, ROOM_BYTES, serveEcho } from '../network/echo.ts';
import { parseUdpAddress } from '../network/udp/udp-address.ts';
import { toText } from '../core/bytes.ts';
import { NetworkError } from '../networks/errors.ts';
import { makeTicket, MAX_TICKET_BYTES, measureDisk, readTicket } from '../networks/readiness.ts';
import type { Ticket } from '../networks/readiness.ts';
import { systemClock, systemRandom } from '../networks/system.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import { EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { nameOf, withOwnKey } from './cli-join.ts';
import { Options } from './cli-options.ts';
import { printable } from './cli-output.ts';
import type { Output } from './cli-output.ts';
import { lookNearby } from './cli-reach.ts';
import { onSignals } from './foreground.ts';

const ECHO_PORT = 17471;
const PORT = { least: 1024, most: 65_535, whole: true } as const;
const system = { clock: systemClock, random: systemRandom };

export async function readiness(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    with: 'string',
    ticket: 'string',
    as: 'string',
    serve: 'boolean',
    host: 'string',
    port: 'string',
    verify: 'string',
    room: 'string',
    'passphrase-file': 'string',
  } as const;
  const options = new Options(args, types, []);
  if (options.isSet('serve')) return serve(options, output);
  const tickets = options.text('verify');
  const room = options.text('room');
  if (tickets !== undefined) return verify(path.resolve(tickets), room, output);
  if (room !== undefined) throw usageError('--room goes with --verify');
  return check(options, output);
}

/** Answers others until a signal ends it. */
async function serve(options: Options, output: Output): Promise<ExitCode> {
  const stopped = onSignals(new AbortController());
  const host = options.text('host');
  if (host === undefined) throw usageError('--host is missing: the address of this machine to answer at');
  if (parseUdpAddress(host.includes(':') ? `[${host}]:1` : `${host}:1`) === null)
    throw usageError(`--host is an address in numbers, not ${host}`);
  const room = systemRandom.bytes(ROOM_BYTES);
  const port = options.number('port', PORT) ?? ECHO_PORT;
  const echo = await withNetworkErrors(() => serveEcho({ host, port, room }, system)).catch(cannotServe);
  const address = host.includes(':') ? `[${host}]:${echo.port}` : `${host}:${echo.port}`;
  output.answer(
    { event: 'ready', address, room: toText(room) },
    [
      `others try out: diva-node readiness --with ${address} --ticket FILE`,
      `their tickets: diva-node readiness --verify FOLDER --room ${toText(room)}; Ctrl+C ends it`,
    ].join('\n'),
  );
  await stopped;
  await echo.close();
  return EXIT.ok;
}

/** What is neither a port that is taken nor a right that is missing, is the address. */
function cannotServe(error: unknown): never {
  throw error instanceof NetworkError && error.code === 'internal' ? usageError(error.message) : error;
}

async function check(options: Options, output: Output): Promise<ExitCode> {
  const target = options.text('with');
  const address = target === undefined ? null : parseUdpAddress(target);
  if (target !== undefined && address === null)
    throw usageError(`--with is host:port in numbers, not ${target}`);
  const out = ticketFile(options);
  const { dataDir } = options;
  const text = await withOwnKey(options, async ({ signer }) => {
    const udp = address === null ? null : await probeEcho(address, system);
    const disk = measureDisk(dataDir, systemClock.nowMs);
    return makeTicket(nameOf(options), { udp, discovery: await tryDiscovery(), disk }, signer);
  });
  if (out !== undefined) fs.writeFileSync(out, text, { mode: 0o600 });
  const ticket = readTicket(text, sodiumCrypto)!;
  output.answer(ticket, ticketText(ticket));
  return ticket.reasons.length === 0 ? EXIT.ok : EXIT.invalid;
}

/** Trying again replaces the ticket of before, and nothing else. */
function ticketFile(options: Options): string | undefined {
  const given = options.text('ticket');
  if (given === undefined) return undefined;
  const file = path.resolve(given);
  if (fs.existsSync(file) && readFile(file) === undefined)
    throw usageError(`${file}: there is a file already, which is no ticket; it was kept`);
  fs.accessSync(path.dirname(file), fs.constants.W_OK);
  return file;
}

/** Until a network is found, or it is known why not. */
async function tryDiscovery(): Promise<Ticket['discovery']> {
  let close = (): Promise<void> => Promise.resolve();
  const found = await new Promise<Ticket['discovery']>((resolve) => {
    const nearby = lookNearby(({ networks, diagnosis }) => {
      if (networks.length > 0) resolve('found');
      else if (diagnosis !== null) resolve(diagnosis.code);
    });
    close = () => nearby.close();
  });
  await close();
  return found;
}

/** A ticket, or a folder of them. One line each; done when all are signed, of the room that is named, and ready. */
function verify(where: string, room: string | undefined, output: Output): ExitCode {
  const found = fs.statSync(where, { throwIfNoEntry: false });
  if (found === undefined) throw usageError(`there is no ${where}`);
  const files = found.isDirectory() ? fs.readdirSync(where).map((name) => path.join(where, name)) : [where];
  let isGood = files.length > 0;
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    const ticket = readFile(file);
    const isOfRoom = room === undefined || ticket?.udp?.room === room;
    const state = ticket === undefined ? 'invalid' : !isOfRoom ? 'other-room' : 'valid';
    isGood &&= state === 'valid' && ticket?.reasons.length === 0;
    const text = ticket === undefined ? 'no ticket, or it was changed' : `${state}: ${ticketText(ticket)}`;
    output.answer({ file, state, ticket: ticket ?? null }, `${file}: ${text}`);
  }
  return isGood ? EXIT.ok : EXIT.invalid;
}

function readFile(file: string): Ticket | undefined {
  const found = fs.statSync(file);
  const isSmall = found.isFile() && found.size <= MAX_TICKET_BYTES;
  return isSmall ? readTicket(fs.readFileSync(file, 'utf8'), sodiumCrypto) : undefined;
}

const SENTENCES: Readonly<Record<Ticket['reasons'][number], string>> = {
  udp: 'datagrams to the other machine and back get lost: a firewall, or a network that keeps devices apart',
  'no-interface': 'it is in no network',
  refused: 'its system lets no program listen for announcements',
  firewall: 'its firewall seems to block announcements (UDP port 5353)',
  'disk-space': 'its disk is nearly full',
  'disk-slow': 'its disk is slow',
};

function ticketText({ name, reasons, udp, disk }: Ticket): string {
  const answered = udp === null ? '' : `, ${udp.received} of ${udp.sent} datagrams came back`;
  const facts = `a durable write takes ${disk.writeMs} ms${answered}`;
  const verdict = reasons.map((reason) => SENTENCES[reason]).join('; ');
  return `${printable(name)}: ${verdict === '' ? 'ready' : `not ready: ${verdict}`} (${facts})`;
}
