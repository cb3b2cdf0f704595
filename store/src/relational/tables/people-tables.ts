/** Rows of people: what is known of members, how they are found, and what they agreed to. */
import type { Fixed, FixedRow } from "../column-types.ts";

/** A person, people who save together, or a body such as a school or an office. */
export const MEMBER_KINDS = ["individual", "group", "organisation"] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** What a member may do with an agreement to the use of personal data. */
export const CONSENT_ACTS = ["given", "withdrawn"] as const;
export type ConsentAct = (typeof CONSENT_ACTS)[number];

export interface PeopleTables {
  member_personal_data: {
    member_id: Fixed<string>;
    /** `PersonalData` as JSON, sealed under the member's key for the use `personal`. */
    sealed: Uint8Array;
    updated_ms: number;
  };
  member_search: FixedRow<{ token: string; member_id: string }>;
  member_niks: { member_id: Fixed<string>; nik_hash: string };
  consents: FixedRow<{
    member_id: string;
    seq: number;
    act: ConsentAct;
    /** Which text was agreed to. */
    version: string;
    /** Who took it down: an actor, such as `user:{id}`. */
    taken_by: string;
    at_ms: number;
  }>;
  imported_members: FixedRow<{ waste_bank_id: string; code: string; member_id: string }>;
  member_pins: {
    member_id: Fixed<string>;
    pin_hash: string;
    /** Who gave the PIN, an actor such as `user:{id}`, and when. */
    set_by: Fixed<string>;
    set_ms: Fixed<number>;
    tries: number;
    locked_until_ms: number;
  };
  erasures: { member_id: Fixed<string>; erased_ms: Fixed<number>; key_destroyed_ms: number | null };
}
