/** Receives one datagram; the bytes belong to the receiver from then on. Must not throw. */
export type DatagramHandler = (bytes: Uint8Array, address: string) => void;

/**
 * The only thing sessions need from a network: unreliable datagrams between addresses, which are opaque text.
 * UDP implements it; I2P will be the second.
 */
export interface DatagramSocket {
  /** Binds and starts to receive. Rejects with a TransportError. */
  open(onDatagram: DatagramHandler): Promise<void>;
  /** The bound address in text; empty before open(). */
  readonly localAddress: string;
  /** False when the network refused it at once; true promises nothing. The bytes must not change afterwards. */
  send(bytes: Uint8Array, address: string): boolean;
  /** The addresses that this one means from here, each in the one text that equal ones share; none: unreachable. */
  placesOf(address: string): readonly string[];
  /**
   * Senders that one owner can easily multiply share one key: the host without its port, the prefix of an IPv6 address.
   */
  rateKey(address: string): string;
  close(): Promise<void>;
}
