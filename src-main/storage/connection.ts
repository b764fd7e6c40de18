import Database from 'better-sqlite3';

export type Connection = Database.Database;

/** "DIVA" in ASCII, in the file's header: tells our databases from others. */
export const APPLICATION_ID = 0x44495641;

/** How long to wait for a process that is just closing the same file. */
const BUSY_TIMEOUT_MS = 2_000;
/**
 * The log is copied back into the file from this size on (in pages of 4 KiB), and cut to the second limit
 * after a burst.
 */
const CHECKPOINT_PAGES = 4_096;
const LOG_LIMIT_BYTES = 32 * 1024 * 1024;
const CACHE_KIBIBYTES = 8 * 1024;

/**
 * The one connection of a node to its file. Exclusive: a second process is refused instead of writing between
 * our turns, and the log's index stays in our memory. A turn is on the disk when its COMMIT returns:
 * better-sqlite3's default for a write-ahead log is NORMAL, which may lose the newest commits in a power cut,
 * and a forgotten vote may become a second one.
 */
export function openConnection(path: string): Connection {
  const connection = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    if (process.platform === 'darwin') {
      // There, fsync() alone leaves the data in the drive's cache.
      connection.pragma('fullfsync = ON');
      connection.pragma('checkpoint_fullfsync = ON');
    }
    connection.pragma('foreign_keys = ON');
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    connection.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
    connection.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    connection.pragma('temp_store = MEMORY');
    connection.pragma('trusted_schema = OFF');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A connection that can only look; two of them see the same file at once. */
export function openForReading(path: string): Connection {
  return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
}

export function userVersion(connection: Connection): number {
  return Number(connection.pragma('user_version', { simple: true }));
}

/**
 * Bytes as SQLite gives them (a Buffer) as plain bytes without copying: slice() of a Buffer would share its
 * memory.
 */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
