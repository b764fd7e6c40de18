/** What we use of the package; it brings no types of its own. */
declare module 'multicast-dns' {
  import type { EventEmitter } from 'node:events';

  function multicastDns(options: multicastDns.Options): multicastDns.MulticastDns;

  namespace multicastDns {
    /** As decoded: of a stranger's packet nothing is certain. */
    export interface DnsRecord {
      readonly name: string;
      readonly type: string;
      readonly ttl?: number;
      readonly flush?: boolean;
      readonly data?: unknown;
    }

    export interface DnsPacket {
      readonly type?: string;
      readonly questions?: readonly { readonly name: string; readonly type: string }[];
      readonly answers?: readonly DnsRecord[];
      readonly additionals?: readonly DnsRecord[];
    }

    export interface MulticastDns extends EventEmitter {
      query(packet: {
        readonly questions: readonly { readonly name: string; readonly type: string }[];
      }): void;
      respond(packet: {
        readonly answers: readonly DnsRecord[];
        readonly additionals?: readonly DnsRecord[];
      }): void;
      destroy(callback?: () => void): void;
    }

    export interface Options {
      readonly type: 'udp4' | 'udp6';
      readonly ip: string;
      /** Of the one interface that is used. */
      readonly interface: string;
      readonly bind: string;
      readonly ttl: number;
      readonly loopback: boolean;
    }
  }
  export = multicastDns;
}
