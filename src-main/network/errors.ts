export type TransportErrorCode =
  | 'address-in-use'
  | 'permission-denied'
  | 'bind-failed'
  | 'invalid-options'
  | 'invalid-key'
  | 'invalid-address'
  | 'message-size'
  | 'too-many-peers'
  | 'not-open';

/** What the owner of a transport did wrong or could not have; input of peers never becomes an exception. */
export class TransportError extends Error {
  readonly code: TransportErrorCode;
  /** The port that was asked for, where the error is about binding. */
  readonly port: number | null;

  constructor(code: TransportErrorCode, message: string, port: number | null = null) {
    super(message);
    this.name = 'TransportError';
    this.code = code;
    this.port = port;
  }
}
