/** Who is signed in, in this tab. */
import type { Session } from "@jumpa-madu/contracts/http/people";
import { signal } from "@preact/signals";

const KEY = "jumpa-madu.session";

/** The session; null when nobody is signed in. */
export const session = signal<Session | null>(restore());

/** True when a session has ended by itself, so that the sign-in page says why it is there. */
export const hasEnded = signal(false);

/** Keeps the session for this tab alone: another tab, or this browser tomorrow, signs in for itself. */
export function enter(entered: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(entered));
  hasEnded.value = false;
  session.value = entered;
}

/** Forgets the session. `ended`: the server no longer knows it. */
export function leave({ ended }: { ended: boolean }): void {
  sessionStorage.removeItem(KEY);
  hasEnded.value = ended;
  session.value = null;
}

function restore(): Session | null {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return null;
  // Only this page writes the key.
  const kept = JSON.parse(text) as Session;
  return Date.parse(kept.expires_at) > Date.now() ? kept : null;
}
