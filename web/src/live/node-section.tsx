/** Nodes: whether each is there, and what it has not sent yet. */
import type { Node } from "@jumpa-madu/contracts/http/field";
import type { Words } from "../dictionary.ts";
import { age, whole } from "../format.ts";
import { locale, words } from "../settings.ts";

export function NodeSection({ nodes, nowMs }: { nodes: Node[]; nowMs: number }) {
  const say = words.value;
  return (
    <section class="panel" aria-labelledby="nodes-title">
      <h2 id="nodes-title">{say.nodes}</h2>
      {nodes.length === 0 && <p class="empty">{say.noNodes}</p>}
      <ul class="rows">
        {nodes.map((node) => {
          const { text, tone } = stateOf(node, say);
          return (
            <li class="node-row" key={node.id} data-node={node.id}>
              <div>
                <h3>{node.name}</h3>
                <p class="muted">
                  {node.status_at === null
                    ? node.id
                    : age(Date.parse(node.status_at), nowMs, { locale: locale.value, words: say })}
                  {node.status !== null && ` · ${backlogOf(node, say)}`}
                </p>
                {isConfigPending(node) && (
                  <p class="warn-text">
                    {say.configPending(node.config_version, node.reported_config_version)}
                  </p>
                )}
                {isConfigPending(node) && node.status?.config_fault !== undefined && (
                  <p class="detail" lang="en">
                    {node.status.config_fault}
                  </p>
                )}
              </div>
              <p class={`state state-${tone}`}>{text}</p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function stateOf({ status, revoked_at }: Node, say: Words): { text: string; tone: "good" | "warn" | "bad" } {
  if (revoked_at !== null) return { text: say.revoked, tone: "bad" };
  if (status === null) return { text: say.neverSeen, tone: "warn" };
  return status.online ? { text: say.online, tone: "good" } : { text: say.offline, tone: "bad" };
}

function backlogOf({ status }: Node, say: Words): string {
  const rows = status === null ? 0 : status.outbox.readings + status.outbox.records;
  return rows === 0 ? say.allSent : say.unsent(whole(rows, locale.value));
}

function isConfigPending({ status, config_version, reported_config_version }: Node): boolean {
  return status?.online === true && reported_config_version !== config_version;
}
