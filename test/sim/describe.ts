/** Short readable forms of messages and turns, for traces. */
import { toText } from '../../src-main/core/bytes.ts';
import type { DurableEffect, PublishEffect } from '../../src-main/core/effects.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { Certificate, Hash } from '../../src-main/core/types.ts';

const short = (hash: Hash): string => toText(hash).slice(0, 6);

function bits(bitmap: Uint8Array): string {
  let sum = 0;
  for (let i = 0; i < bitmap.length; i++) if (bitmap[i] !== 0) sum += bitmap[i]! * 256 ** i;
  return sum.toString(2);
}

export function describeCertificate({ kind, height, view, hash, hn, signers }: Certificate): string {
  const about = kind === 'S' ? `hn ${hn.join(',')}` : short(hash);
  return `${kind}(${height}/${view} ${about} by ${signers.join(',')})`;
}

export function describeMessage(message: Message): string {
  switch (message.type) {
    case 'propose': {
      const { height, view, sealed, skipCertificate, notarisation } = message.propose;
      const beside = [skipCertificate, notarisation].map((c) =>
        c === null ? '' : ` ${describeCertificate(c)}`,
      );
      const cut = sealed.header.cut.map(({ origin, toSeq }) => `${origin}:${toSeq}`).join(' ');
      return `PROPOSE ${height}/${view} ${short(sealed.hash)} [${cut}]${beside.join('')}`;
    }
    case 'vote':
    case 'commit':
      return `${message.type.toUpperCase()} ${message.height}/${message.view} ${short(message.blockHash)}`;
    case 'skip':
      return `SKIP ${message.height}/${message.view} hn ${message.hn}`;
    case 'certificate': {
      const beside = message.notarisation === null ? '' : ` ${describeCertificate(message.notarisation)}`;
      return `CERT ${describeCertificate(message.certificate)}${message.sealed === null ? '' : ' header'}${beside}`;
    }
    case 'status': {
      const { height, view, votes, commits, skips, highNotarisedView, hasHeader, laneTips } = message;
      const lanes = laneTips.map(({ origin, seq }) => `${origin}:${seq}`).join(' ');
      const header = hasHeader ? ' header' : '';
      const held = `votes ${bits(votes)} commits ${bits(commits)} skips ${bits(skips)}`;
      return `STATUS ${height}/${view} ${held} highN ${highNotarisedView}${header} [${lanes}]`;
    }
    case 'bundle':
      return `BUNDLE ${toText(message.bytes.subarray(0, 4))}`;
    case 'pull': {
      const { lanes, headers } = message;
      return `PULL ${lanes.length} lanes, headers ${headers.map(short).join(' ')}`;
    }
    case 'syncRequest':
      return `SYNC_REQ ${message.fromHeight}`;
    case 'syncResponse':
      return `SYNC_RES ${message.blocks.map((block) => block.sealed.header.height).join(' ')}`;
    case 'join':
      return 'JOIN';
    case 'address':
      return 'ADDRESS';
    case 'admission':
      return `ADMISSION ${message.admission.decision} ${message.admission.reason}`;
  }
}

export function describeEffect(effect: DurableEffect): string {
  switch (effect.type) {
    case 'persistSafety':
      return `${effect.record.kind}${effect.record.key === '' ? '' : `:${effect.record.key.slice(0, 6)}`}`;
    case 'persistNode':
      return effect.record.key;
    case 'appendLane':
      return `lane ${effect.sealed.bundle.seq}`;
    case 'enqueue':
      return `queue ${effect.queued.order}`;
    case 'dequeue':
      return `dequeue ${effect.orders.length}`;
    case 'replaceProof':
      return `proof of ${effect.height}`;
    case 'commitBlock': {
      const { sealed, certificate, bundles } = effect.block;
      const block = `${sealed.header.height} ${short(sealed.hash)} (${bundles.length} bundles)`;
      return `BLOCK ${block} by ${describeCertificate(certificate)}`;
    }
  }
}

export function describeEvent(event: PublishEffect): string {
  switch (event.type) {
    case 'accepted':
      return `accepted ${event.ident}`;
    case 'committed':
      return `committed ${event.height}`;
    case 'refused':
      return `refused ${event.ident}: ${event.reason}`;
    case 'signing':
      return event.silent === null ? 'signs' : `silent: ${event.silent}`;
    case 'rejected':
      return `rejected ${event.reason}`;
    case 'evidence':
      return `evidence against ${event.culprit.slice(0, 6)} at ${event.height}/${event.view}`;
    case 'laneFork':
      return `lane of ${event.origin.slice(0, 6)} forks at ${event.seq}`;
    default:
      return event.type;
  }
}
