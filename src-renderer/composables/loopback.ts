/** Whether an address `host:port` leads no farther than this machine. */
export function isLoopback(hint: string): boolean {
  return /^127\.|^localhost:|^\[::1\]:/.test(hint);
}
