/** Wire form of messages: one tag byte, then the SSZ container of that kind (PROTOCOL section 3, "Messages"). */
import type { Type } from '@chainsafe/ssz';
import { fromUtf8, utf8 } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import { DecodeError, decodeCertificate, decodeExact, decodeHeader, encodeCertificate } from './encoding.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import {
  admissionFromValue,
  admissionToValue,
  applicationFromValue,
  applicationToValue,
} from './admission-encoding.ts';
import type { AdmissionValue, ApplicationValue } from './admission-encoding.ts';
import type { Application, Message, MessageType, Status, SyncBlock } from './messages.ts';
import * as schemas from './schemas.ts';
import { serialiseTagged } from './serialising.ts';
import type { Certificate, Join } from './types.ts';

/** The position is the tag byte: new kinds are only ever appended. */
const TYPES: readonly MessageType[] = [
  'bundle',
  'propose',
  'vote',
  'commit',
  'skip',
  'certificate',
  'status',
  'pull',
  'syncRequest',
  'syncResponse',
  'join',
  'address',
  'admission',
];
const SCHEMA_NAMES = TYPES as readonly (keyof typeof schemas.message)[];
const NONE = new Uint8Array(0);

/** A deserialised container; the schema of its kind says which fields it has. */
type Value = Record<string, never>;
const optionalCertificate = (certificate: Certificate | null): Uint8Array =>
  certificate === null ? NONE : encodeCertificate(certificate);
const certificateOrNull = (bytes: Uint8Array): Certificate | null =>
  bytes.length === 0 ? null : decodeCertificate(bytes);

/** Everything but the tag, in the shape of the SSZ container. */
function toValue(message: Message): unknown {
  switch (message.type) {
    case 'propose': {
      const { height, view, sealed, signature, skipCertificate, notarisation } = message.propose;
      return {
        height,
        view,
        header: sealed.bytes,
        signature,
        skipCertificate: optionalCertificate(skipCertificate),
        notarisation: optionalCertificate(notarisation),
      };
    }
    case 'skip':
      return { ...message, hn: message.hn + 1, notarisation: optionalCertificate(message.notarisation) };
    case 'certificate':
      return {
        certificate: encodeCertificate(message.certificate),
        header: message.sealed?.bytes ?? NONE,
        notarisation: optionalCertificate(message.notarisation),
      };
    case 'status':
      return {
        ...message,
        highNotarisedView: message.highNotarisedView + 1,
        hasHeader: message.hasHeader ? 1 : 0,
      };
    case 'syncResponse':
      return {
        blocks: message.blocks.map((block) => ({
          header: block.sealed.bytes,
          certificate: encodeCertificate(block.certificate),
          nextCommittee: block.nextCommittee ?? [],
          bundles: block.bundles,
        })),
      };
    case 'join':
      return { ...message.join, ...joinValue(message.application) };
    case 'admission':
      return admissionToValue(message.admission);
    case 'address':
      return { ...message.record, addressHints: message.record.addressHints.map(utf8) };
    default:
      return message;
  }
}

/** At most MAX_MESSAGE_BYTES, one tag byte first. */
export function encodeMessage(message: Message): Uint8Array {
  const tag = TYPES.indexOf(message.type);
  const schema = schemas.message[SCHEMA_NAMES[tag]!] as Type<unknown>;
  return serialiseTagged(tag, schema, toValue(message));
}

function decodePropose(v: Value, crypto: Crypto): Message {
  return {
    type: 'propose',
    propose: {
      height: v['height']!,
      view: v['view']!,
      sealed: decodeHeader(v['header']!, crypto),
      signature: v['signature']!,
      skipCertificate: certificateOrNull(v['skipCertificate']!),
      notarisation: certificateOrNull(v['notarisation']!),
    },
  };
}

function decodeStatus(v: Value): Message {
  const fields = v as unknown as Status;
  if (Number(v['hasHeader']) > 1) throw new DecodeError('non-canonical', 'status');
  return {
    ...fields,
    type: 'status',
    highNotarisedView: fields.highNotarisedView - 1,
    hasHeader: Number(v['hasHeader']) === 1,
  };
}

function decodeSyncBlock(block: Value, crypto: Crypto): SyncBlock {
  const nextCommittee = block['nextCommittee'] as unknown as NonNullable<SyncBlock['nextCommittee']>;
  return {
    sealed: decodeHeader(block['header']!, crypto),
    certificate: decodeCertificate(block['certificate']!),
    nextCommittee: nextCommittee.length === 0 ? null : nextCommittee,
    bundles: block['bundles'] as unknown as Uint8Array[],
  };
}

function joinValue(application: Application | null): { applications: unknown[] } {
  return { applications: application === null ? [] : [applicationToValue(application)] };
}

function decodeJoin({ applications, ...join }: Value): Message {
  const [first] = applications as unknown as ApplicationValue[];
  const application = first === undefined ? null : applicationFromValue(first);
  return { type: 'join', join: join as unknown as Join, application };
}

function decodeAddress(v: Value): Message {
  const addressHints = (v['addressHints'] as unknown as Uint8Array[]).map((hint) => {
    const decoded = fromUtf8(hint);
    if (decoded === undefined) throw new DecodeError('malformed', 'address hint');
    return decoded;
  });
  return {
    type: 'address',
    record: {
      publicKey: v['publicKey']!,
      sequence: v['sequence']!,
      addressHints,
      signature: v['signature']!,
    },
  };
}

function fromValue(type: MessageType, v: Value, crypto: Crypto): Message {
  switch (type) {
    case 'propose':
      return decodePropose(v, crypto);
    case 'skip': {
      const notarisation = certificateOrNull(v['notarisation']!);
      return { ...(v as object), type, hn: Number(v['hn']) - 1, notarisation } as Message;
    }
    case 'certificate':
      return {
        type,
        certificate: decodeCertificate(v['certificate']!),
        sealed:
          (v['header'] as unknown as Uint8Array).length === 0 ? null : decodeHeader(v['header']!, crypto),
        notarisation: certificateOrNull(v['notarisation']!),
      };
    case 'status':
      return decodeStatus(v);
    case 'syncResponse':
      return {
        type,
        blocks: (v['blocks'] as unknown as Value[]).map((block) => decodeSyncBlock(block, crypto)),
      };
    case 'join':
      return decodeJoin(v);
    case 'admission':
      return { type, admission: admissionFromValue(v as unknown as AdmissionValue) };
    case 'address':
      return decodeAddress(v);
    default:
      return { ...(v as object), type } as Message;
  }
}

/** Form only: signatures, quorums and membership are checked where the message is used. @throws DecodeError */
export function decodeMessage(bytes: Uint8Array, crypto: Crypto): Message {
  const type = TYPES[bytes[0] ?? 255];
  if (type === undefined) throw new DecodeError('unknown-type', 'message');
  const schema = schemas.message[type as keyof typeof schemas.message] as Type<unknown>;
  return decodeExact(schema, bytes.subarray(1), MAX_MESSAGE_BYTES, type, {
    from: (value) => fromValue(type, value as Value, crypto),
    to: toValue,
  });
}
