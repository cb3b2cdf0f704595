/** A vault for tests: a SQLite file in a folder of its own, under a master key that is drawn for it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMasterKey } from "./master-key.ts";
import { openVault, type Vault } from "./vault.ts";

/** Opens a vault that is removed when it is closed. */
export async function openTestVault(): Promise<Vault> {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-vault-"));
  const vault = await openVault({
    url: `sqlite:${join(folder, "vault.sqlite")}`,
    masterKey: newMasterKey(),
    onConnectionError: () => {},
  });
  const close = vault.close.bind(vault);
  vault.close = async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  };
  return vault;
}
