/** Rows of the vault's own store: wrapped keys and nothing else. */

export interface KeyTables {
  /** The key of the whole system: one row. What belongs to no person is sealed under keys derived from it. */
  system_key: {
    id: number;
    wrapped_key: Uint8Array;
    /** Which master key wraps it. */
    master_key_id: string;
    created_ms: number;
  };
  /** One row a person for ever: without the wrapped key once it was destroyed, so that no other is ever made. */
  person_keys: {
    member_id: string;
    wrapped_key: Uint8Array | null;
    master_key_id: string;
    created_ms: number;
    destroyed_ms: number | null;
  };
}
